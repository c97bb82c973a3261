import { execFile, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test, vi } from 'vitest';
import { fetchRuntime } from '../../scripts/start/fetch-runtime.ts';
import { isBuildStale } from '../../scripts/start/freshness.ts';
import { runElectron } from '../../scripts/start/run-electron.ts';
import { findRuntime, whyNoWindow } from '../../scripts/start/runtime.ts';
import { tempDir } from '../support/temp-dir.ts';

const machine = { env: {}, platform: 'linux', isRoot: false, electronDir: '/nowhere' } as const;

test('a window needs a display and, on Linux, another user than root', () => {
  expect(whyNoWindow(machine)).toBe('there is no display');
  expect(whyNoWindow({ ...machine, env: { WAYLAND_DISPLAY: 'wayland-0' } })).toBeUndefined();
  expect(whyNoWindow({ ...machine, env: { DISPLAY: ':0' }, isRoot: true })).toBe(
    'Electron does not run as root',
  );
  expect(whyNoWindow({ ...machine, platform: 'win32' })).toBeUndefined();
});

test('the runtime of the override wins over the installed one, and what is not there is not found', () => {
  const [override, electronDir] = [tempDir(), tempDir()];
  mkdirSync(join(electronDir, 'dist'));
  const env = { ELECTRON_OVERRIDE_DIST_PATH: override };
  expect(findRuntime({ ...machine, env, electronDir })).toBeUndefined();
  writeFileSync(join(electronDir, 'dist/electron'), '');
  expect(findRuntime({ ...machine, env, electronDir })).toBe(join(electronDir, 'dist/electron'));
  writeFileSync(join(override, 'electron'), '');
  expect(findRuntime({ ...machine, env, electronDir })).toBe(join(override, 'electron'));
});

test('the runtime is fetched once; a failure is remembered, until the version changes', async () => {
  const cacheDir = join(tempDir(), 'cache');
  const deps = {
    version: '1.0.0',
    cacheDir,
    isReachable: vi.fn(async () => false),
    download: vi.fn(),
    say: vi.fn(),
  };
  expect(await fetchRuntime(deps)).toMatch(/cannot be fetched \(remove .* to try again\)/);
  expect(await fetchRuntime(deps)).toMatch(/could not be fetched before/);
  expect(deps.isReachable).toHaveBeenCalledTimes(1);
  expect(deps.download).not.toHaveBeenCalled();
  const works = { ...deps, version: '1.0.1', isReachable: async () => true, download: async () => true };
  expect(await fetchRuntime(works)).toBeUndefined();
});

test('a build older than any of its sources is stale', () => {
  const root = tempDir();
  for (const folder of ['main/deep', 'dist/main', 'dist/renderer'])
    mkdirSync(join(root, folder), { recursive: true });
  const touch = (file: string, at: number) => {
    writeFileSync(join(root, file), '');
    utimesSync(join(root, file), at, at);
  };
  touch('main/deep/source.ts', 100);
  expect(isBuildStale(root)).toBe(true);
  for (const file of ['dist/main/headless.js', 'dist/main/preload.cjs', 'dist/renderer/index.html'])
    touch(file, 200);
  expect(isBuildStale(root)).toBe(false);
  touch('main/deep/source.ts', 300);
  expect(isBuildStale(root)).toBe(true);
});

test.skipIf(process.platform === 'win32')(
  'an Electron that cannot run is told from one that ends',
  async () => {
    const program = join(tempDir(), 'electron');
    const restriction = join(tempDir(), 'restriction');
    const run = (script: string) => {
      writeFileSync(program, `#!/bin/sh\n${script}\n`);
      chmodSync(program, 0o755);
      return runElectron(program, [], restriction);
    };
    expect(await run('exit 3')).toBe(3);
    expect(await run('kill -TRAP $$')).toBe('Electron does not run here (SIGTRAP)');
    writeFileSync(restriction, '1\n');
    expect(await run('kill -TRAP $$')).toMatch(/\(SIGTRAP\): this system keeps .*sysctl -w kernel\.apparmor/);
    expect(await run('kill -SEGV $$')).toBe('Electron does not run here (SIGSEGV)');
    writeFileSync(restriction, '0\n');
    expect(await run('kill -TRAP $$')).toBe('Electron does not run here (SIGTRAP)');
    expect(await run('exit 127')).toBe('Electron does not run here (127)');
    expect(await runElectron('/nowhere/electron', [])).toContain('Electron does not run');
  },
);

test.skipIf(process.platform !== 'linux')(
  'without a display, npm start says so in one line and serves headless with the same arguments',
  async () => {
    const { DISPLAY: _, WAYLAND_DISPLAY: __, ...env } = process.env;
    const scripts = join(import.meta.dirname, '../../scripts');
    // Else the start would build first, which takes as long as the machine is busy.
    await promisify(execFile)(process.execPath, [join(scripts, 'build.ts'), '--if-stale']);
    const start = join(scripts, 'start.ts');
    const child = spawn(process.execPath, [start, '--port', '0', '--data-dir', join(tempDir(), 'data')], {
      env: { ...env, POPTRAY_KEYCHAIN: 'off' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => child.on('exit', resolve));
    onTestFinished(async () => {
      child.kill('SIGTERM');
      await ended;
    });
    let output = '';
    for await (const piece of child.stdout) {
      output += piece;
      if (output.includes('poptray listens on http://127.0.0.1:')) break;
    }
    expect(output).toContain('poptray listens on http://127.0.0.1:');
    expect(output.split('\n')[0]).toBe('No tray icon: there is no display. Serving headless instead.');
  },
  120_000,
);
