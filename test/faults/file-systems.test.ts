import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { start } from '../cli/run.ts';
import { hasPrograms, needs } from '../support/needs.ts';
import { tempDir } from '../support/temp-dir.ts';

const needsBindfs = needs(
  'bindfs and root: apt-get install bindfs',
  hasPrograms('bindfs') && process.getuid?.() === 0,
);
const needsStrace = needs('strace: apt-get install strace', hasPrograms('strace'));

/** A folder whose files are open to all, whatever chmod says, as CIFS and WSL's drives have them. */
function mountWithoutModes(option: string): string {
  const [below, folder] = [tempDir(), tempDir()];
  const mounted = spawnSync('bindfs', [option, '-p', '0777', below, folder]);
  if (mounted.status !== 0) throw new Error(`no bindfs: ${mounted.stderr}`);
  onTestFinished(() => {
    spawnSync('umount', ['-l', folder]);
  });
  return folder;
}

test.for(['--chmod-ignore', '--chmod-deny'])(
  'on a file system without modes (bindfs %s) nobody is told to chmod: poptray does not start, and says where it can',
  async (option, context) => {
    needsBindfs(context);
    const dataDir = join(mountWithoutModes(option), 'data');
    const { code, stderr } = await start('headless.ts', ['--port', '0'], { dataDir }).ended;
    expect([code, stderr]).toEqual([78, expect.stringContaining('does not keep who may read a file')]);
    expect(stderr).toContain('POPTRAY_DATA_DIR');
    expect(stderr).not.toContain('run chmod');
  },
);

test('a folder that is merely open to others is told of with the chmod that closes it', async () => {
  const dataDir = join(tempDir(), "O'Brien");
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, 'settings.json'), '{}');
  chmodSync(dataDir, 0o755);
  const { stderr } = await start('headless.ts', ['--port', '0'], { dataDir }).ended;
  const [, command = ''] = /run (chmod 700 .*)\.$/m.exec(stderr) ?? [];
  expect(spawnSync('sh', ['-c', command]).status).toBe(0);
  expect((await start('cli.ts', ['doctor'], { dataDir }).ended).stdout).toMatch(/^ok {5}data folder: /m);
});

test.for(['ENOLCK', 'EOPNOTSUPP'])(
  'on a file system without locks (%s) it is not said that another poptray runs',
  async (error, context) => {
    needsStrace(context);
    const dataDir = join(tempDir(), 'data');
    const files = ['writer.lock', 'lock-probe'].flatMap((name) => ['-P', join(dataDir, 'audit', name)]);
    const without = [
      '-f',
      '-o',
      '/dev/null',
      ...files,
      '-e',
      'trace=fcntl',
      '-e',
      `inject=fcntl:error=${error}`,
    ];
    const { code, stderr } = await start('headless.ts', ['--port', '0'], {
      dataDir,
      under: ['strace', ...without],
    }).ended;
    expect([code, stderr]).toEqual([
      78,
      expect.stringContaining(`The file system of ${dataDir} has no file locks`),
    ]);
  },
);
