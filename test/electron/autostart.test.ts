import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { setAutostart } from '../../main/electron/autostart.ts';
import { tempDir } from '../support/temp-dir.ts';

function machine(platform: NodeJS.Platform, isPackaged = true) {
  const home = tempDir();
  const app = { setLoginItemSettings: vi.fn(), isPackaged };
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

test('on macOS and Windows it is a login item that starts in the tray', () => {
  for (const platform of ['darwin', 'win32'] as const) {
    const { deps, app } = machine(platform);
    setAutostart(true, deps);
    expect(app.setLoginItemSettings).toHaveBeenCalledWith({ openAtLogin: true, args: ['--hidden'] });
  }
});

test('from a checkout nothing is registered', () => {
  const { deps, file, app } = machine('linux', false);
  setAutostart(true, deps);
  setAutostart(true, { ...deps, platform: 'win32' });
  expect(existsSync(file)).toBe(false);
  expect(app.setLoginItemSettings).not.toHaveBeenCalled();
});
