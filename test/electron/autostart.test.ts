import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { setAutostart } from '../../main/electron/autostart.ts';
import { tempDir } from '../support/temp-dir.ts';

function machine(platform: NodeJS.Platform, isPackaged = true) {
  const home = tempDir();
  let openAtLogin = false;
  const app = {
    setLoginItemSettings: vi.fn((settings: { openAtLogin?: boolean }) => {
      openAtLogin = settings.openAtLogin === true;
    }),
    getLoginItemSettings: vi.fn(() => ({ openAtLogin }) as never),
    isPackaged,
  };
  const execPath = '/opt/pop tray/$poptray%';
  const file = join(home, '.config/autostart/poptray.desktop');
  return { deps: { app, platform, env: {}, home, execPath }, app, file };
}

test('on Linux it is a desktop entry that can be switched on, off, and off again', () => {
  const { deps, file } = machine('linux');
  setAutostart(true, deps);
  expect(readFileSync(file, 'utf8')).toContain('\nExec="/opt/pop tray/\\\\$poptray%%" --hidden\n');
  setAutostart(false, deps);
  setAutostart(false, deps);
  expect(existsSync(file)).toBe(false);
});

test('an AppImage is started by its own path, not by that of its mount', () => {
  const { deps, file } = machine('linux');
  setAutostart(true, { ...deps, env: { APPIMAGE: '/home/a/poptray.AppImage' } });
  expect(readFileSync(file, 'utf8')).toContain('Exec="/home/a/poptray.AppImage"');
});

test.each([
  ['win32', { args: ['--hidden'] }],
  ['darwin', {}],
] as const)('on %s it is a login item, set when it is another one and left alone else', (platform, args) => {
  const { deps, app } = machine(platform);
  for (const isOn of [false, true, true, false, false]) setAutostart(isOn, deps);
  expect(app.getLoginItemSettings).toHaveBeenCalledWith(args);
  expect(app.setLoginItemSettings.mock.calls).toEqual([
    [{ openAtLogin: true, ...args }],
    [{ openAtLogin: false, ...args }],
  ]);
});

test('on Linux what the desktop has switched off in the entry stays off, and the path is brought up to date', () => {
  const { deps, file } = machine('linux');
  setAutostart(true, deps);
  writeFileSync(file, `${readFileSync(file, 'utf8')}Hidden=true\n`);
  setAutostart(true, { ...deps, execPath: '/opt/other/$&' });
  expect(readFileSync(file, 'utf8')).toMatch(/\nExec="\/opt\/other\/.*" --hidden\n(.*\n)*Hidden=true\n/);
});

test('from a checkout nothing is registered', () => {
  const { deps, file, app } = machine('linux', false);
  setAutostart(true, deps);
  setAutostart(true, { ...deps, platform: 'win32' });
  expect(existsSync(file)).toBe(false);
  expect(app.setLoginItemSettings).not.toHaveBeenCalled();
});
