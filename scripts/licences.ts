/** The licences of all that is shipped beside poptray's own code. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What Vite writes for each package of a bundle (`build.license`). */
interface Licence {
  readonly name: string;
  readonly version: string;
  /** As SPDX has it. */
  readonly identifier?: string;
  readonly text?: string;
}

export const LICENCES_FILE = 'dist/THIRD-PARTY-LICENSES.txt';
/** What the builds of the bundles leave. */
const PARTS = ['dist/main/licences.json', 'dist/renderer/licences.json'];

/** Makes one file of what the builds left; throws for a package whose licence has no text here. */
export function writeLicences(root: string): void {
  const parts = PARTS.map((part) => join(root, part));
  const bundled = parts.flatMap((part) => JSON.parse(readFileSync(part, 'utf8')) as Licence[]);
  const all = new Map([...bundled, keychain(root)].map((licence) => [titleOf(licence), textOf(licence)]));
  const texts = [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([title, text]) => `${title}\n\n${text}\n`);
  writeFileSync(join(root, LICENCES_FILE), texts.join(`\n${'-'.repeat(80)}\n\n`));
  for (const part of parts) rmSync(part);
}

const titleOf = ({ name, version, identifier }: Licence) =>
  `${name} ${version}${identifier === undefined ? '' : ` (${identifier})`}`;

function textOf({ name, version, identifier, text }: Licence): string {
  if (text !== undefined) return text;
  if (identifier === 'MIT') return `Copyright (c) the authors of ${name}\n\n${MIT}`;
  throw new Error(`the package ${name} ${version} has no text of its licence`);
}

/** Native, and so beside the bundles. */
function keychain(root: string): Licence {
  const folder = join(root, 'node_modules/keytar');
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return {
    name,
    version,
    identifier: license,
    text: readFileSync(join(folder, 'LICENSE.md'), 'utf8').trim(),
  };
}

/** For packages that name this licence and leave out its text: https://spdx.org/licenses/MIT */
const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;
