/** The command as it is installed, on a Node that may be too old for the rest of it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { tempDir } from '../support/temp-dir.ts';

const COMMAND = join(import.meta.dirname, '../../bin/poptray.cjs');
const run = (node: string, ...args: string[]) =>
  spawnSync(node, [...args, COMMAND, '--help'], { encoding: 'utf8' });
const refusal = (version: string) => ({
  status: 78,
  stdout: '',
  stderr: `poptray needs Node 24 or newer; this is ${version}\n`,
});

/** The machine's own Nodes that are older; the project brings its own. */
const older = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'node'))
  .filter(
    (node) =>
      Number.parseInt(
        spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout ?? '24',
        10,
      ) < 24,
  );

test('runs on this Node', () => {
  expect(run(process.execPath)).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^Usage: poptray /),
  });
});

test.each(['12.22.12', '18.0.0', '23.11.1'])(
  'says in a sentence that Node %s is too old: exit 78',
  (version) => {
    const preload = join(tempDir(), 'older.cjs');
    const pretend = (name: string, value: unknown) =>
      `Object.defineProperty(process, ${JSON.stringify(name)}, { value: ${JSON.stringify(value)} });`;
    writeFileSync(preload, pretend('versions', { node: version }) + pretend('version', `v${version}`));
    expect(run(process.execPath, '--require', preload)).toMatchObject(refusal(`v${version}`));
  },
);

test.skipIf(older.length === 0)('can be read by the older Nodes that are on this machine', () => {
  for (const node of older) {
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
    expect(run(node)).toMatchObject(refusal(version));
  }
});
