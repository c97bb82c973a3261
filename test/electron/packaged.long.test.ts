/** The tests of the built product, on what electron-builder packs: the archive is all that there is of it. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HAS_NO_CHROMIUM } from '../support/chromium-there.ts';
import { tempDir } from '../support/temp-dir.ts';
import { runTests } from './run-tests.ts';

const REPO = join(import.meta.dirname, '../..');
const require = createRequire(
  createRequire(join(REPO, 'package.json')).resolve('app-builder-lib/package.json'),
);
const { createPackage, extractAll } = require('@electron/asar') as {
  createPackage(from: string, archive: string): Promise<void>;
  extractAll(archive: string, to: string): void;
};

/** Where Electron's fuses are in its program, and how many this version has, all of them unset. */
const FUSES = Buffer.concat([
  Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'),
  Buffer.from([1, 9]),
  Buffer.from('0'.repeat(9)),
]);

/** As much of a runtime as the packaging looks at. */
async function makeRuntime(): Promise<string> {
  const dir = tempDir();
  mkdirSync(join(dir, 'resources'));
  for (const file of ['electron', 'chrome-sandbox', 'chrome_crashpad_handler'])
    writeFileSync(join(dir, file), FUSES, { mode: 0o755 });
  await createPackage(tempDir(), join(dir, 'resources/default_app.asar'));
  for (const file of ['LICENSE', 'LICENSES.chromium.html']) writeFileSync(join(dir, file), '');
  return dir;
}

async function pack(): Promise<{ resources: string; program: string }> {
  execFileSync(process.execPath, [join(REPO, 'scripts/build.ts'), '--if-stale'], { cwd: REPO });
  const output = tempDir();
  const cli = createRequire(join(REPO, 'package.json')).resolve('electron-builder/cli.js');
  const options = [`-c.electronDist=${await makeRuntime()}`, `-c.directories.output=${output}`];
  execFileSync(process.execPath, [cli, '--linux', '--dir', '--x64', '--publish=never', ...options], {
    cwd: REPO,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const folder = join(output, 'linux-unpacked');
  return { resources: join(folder, 'resources'), program: join(folder, 'poptray') };
}

test.skipIf(process.platform !== 'linux' || HAS_NO_CHROMIUM)(
  'what is packed starts, pops and ends as what is built does',
  async () => {
    const { resources, program } = await pack();
    const root = join(tempDir(), 'app');
    extractAll(join(resources, 'app.asar'), root);

    expect(readdirSync(root).sort()).toEqual(['build', 'dist', 'node_modules', 'package.json']);
    expect(readdirSync(join(root, 'node_modules'))).toEqual(['keytar']);
    expect(existsSync(join(resources, 'app.asar.unpacked/node_modules/keytar/prebuilds'))).toBe(true);
    const fuses = readFileSync(program).subarray(FUSES.length - 9);
    // Node, cookies, NODE_OPTIONS, --inspect: off; the archive's integrity, nothing but the archive: on.
    expect(fuses.toString().slice(0, 6)).toBe('000011');

    const outcome = await runTests(['app.test.ts'], {
      POPTRAY_TEST_ROOT: root,
      STAND_IN_PACKAGED: '1',
    });
    expect(outcome.failed).toEqual([]);
    expect(outcome.passed).toBeGreaterThan(8);
  },
);
