/** The command as it is installed, on a Node that may be too old for the rest of it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { tempDir } from '../support/temp-dir.ts';

const ROOT = join(import.meta.dirname, '../..');
const COMMAND = join(ROOT, 'bin/poptray.cjs');
const run = (node: string, ...args: string[]) =>
  spawnSync(node, [...args, COMMAND, '--help'], { encoding: 'utf8' });
const refusal = (version: string) => ({
  status: 78,
  stdout: '',
  stderr: `poptray needs Node 24 or newer; this is ${version}\n`,
});

/** Has a Node take itself for another one. */
function pretending(version: string): string {
  const preload = join(tempDir(), 'older.cjs');
  const pretend = (name: string, value: unknown) =>
    `Object.defineProperty(process, ${JSON.stringify(name)}, { value: ${JSON.stringify(value)} });`;
  writeFileSync(preload, pretend('versions', { node: version }) + pretend('version', `v${version}`));
  return preload;
}

/** Runs a script of package.json as npm does, in a checkout without its Node and its build. */
function runScript(name: 'start' | 'headless' | 'poptray' | 'build', ...args: string[]) {
  const checkout = tempDir();
  for (const folder of ['bin', 'scripts']) mkdirSync(join(checkout, folder));
  cpSync(join(ROOT, 'scripts/check-node.cjs'), join(checkout, 'scripts/check-node.cjs'));
  writeFileSync(join(checkout, 'bin/node'), `#!/bin/sh\nexec ${process.execPath} ${args.join(' ')} "$@"\n`, {
    mode: 0o755,
  });
  const env = { ...process.env, PATH: `${join(checkout, 'bin')}:${process.env.PATH}` };
  return spawnSync('sh', ['-c', packageJson.scripts[name]], { cwd: checkout, env, encoding: 'utf8' });
}

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
    expect(run(process.execPath, '--require', pretending(version))).toMatchObject(refusal(`v${version}`));
  },
);

test.skipIf(older.length === 0)('can be read by the older Nodes that are on this machine', () => {
  for (const node of older) {
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
    expect(run(node)).toMatchObject(refusal(version));
  }
});

test.skipIf(process.platform === 'win32')(
  'a checkout whose install ran no scripts says so in a line, whatever is started: exit 78',
  () => {
    for (const name of ['start', 'headless', 'poptray', 'build'] as const) {
      expect(runScript(name, '--require', pretending('20.20.2'))).toMatchObject({
        status: 78,
        stdout: '',
        stderr: expect.stringMatching(
          /^poptray needs Node 24 or newer; this is v20\.20\.2\..*"npm rebuild node --ignore-scripts=false"\.\n$/,
        ),
      });
    }
    for (const name of ['headless', 'poptray'] as const) {
      expect(runScript(name)).toMatchObject({
        status: 78,
        stdout: '',
        stderr: expect.stringMatching(/^.*\.js is not there, .* --ignore-scripts: run "npm run build"\.\n$/),
      });
    }
  },
);
