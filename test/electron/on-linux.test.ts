/** The shell where Electron does as it does on Linux, on its desktops. */
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { tempDir } from '../support/temp-dir.ts';
import { desktops } from './driver.ts';
import { eventually } from './eventually.ts';
import { useFixtureShell } from './fixture-shell.ts';

vi.setConfig({ testTimeout: 60_000 });
const openShell = useFixtureShell();
const open = (args?: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  openShell(args, { env: { STAND_IN_PLATFORM: 'linux', ...env } });

test('a shutdown is held up until it has stopped in order', async () => {
  const { desktop, trace } = await open();
  desktop.do('endSession').catch(() => {});
  expect(await desktop.ended).toBe(0);
  expect(trace().filter(({ stopped }) => stopped)).toHaveLength(1);
});

test.each([
  ['gnome', { image: /ready-on-dark\.png$/, menusOpened: 1 }, 0],
  ['plasma', { image: /ready-outlined\.png$/, menusOpened: 0 }, 1],
] as const)('on %s its icon can be seen and does as icons do there', async (name, tray, windows) => {
  for (const dark of ['', '1']) {
    const { desktop } = await open(undefined, { ...desktops[name], STAND_IN_DARK: dark });
    await desktop.do('clickTray');
    const { image, menusOpened } = await desktop.do('tray');
    expect(image).toMatch(tray.image);
    expect(menusOpened).toBe(tray.menusOpened);
    expect(await desktop.do('windows')).toHaveLength(windows);
  }
});

test('on Wayland the window comes at the first wish, though it is never said to be painted', async () => {
  const { desktop } = await open([], desktops.gnome);
  await eventually(() => desktop.do('windows')).toMatchObject([{ isShown: true }]);
});

test('a window that was closed while it was loading does not come up after all', async () => {
  const { desktop } = await open([], desktops.gnome);
  await desktop.do('closeWindow');
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect(await desktop.do('windows')).toMatchObject([{ isShown: false }]);
});

test('where the desktop drops what is copied, the endpoint’s address can be read', async () => {
  const { desktop } = await open(undefined, desktops.gnome);
  await desktop.do('clickMenu', 'Copy endpoint address');
  await eventually(() => desktop.do('questions')).toMatchObject([
    { message: 'http://127.0.0.1:8080/trigger-screenpop' },
  ]);
  expect(await desktop.do('clipboard')).toBe('');
});

test('an icon that has found no place at login gets one when the desktop has it', async () => {
  const bin = tempDir();
  const isThere = join(bin, 'there');
  writeFileSync(join(bin, 'gdbus'), `#!/bin/sh\ntest -e '${isThere}' && echo '(true,)' || echo '(false,)'\n`);
  chmodSync(join(bin, 'gdbus'), 0o755);
  const PATH = `${bin}${delimiter}${process.env.PATH}`;
  const { desktop } = await open(undefined, { STAND_IN_TRAY_HOST: 'late', PATH });
  expect((await desktop.do('tray')).isVisible).toBe(false);
  await desktop.do('bringTrayHost');
  writeFileSync(isThere, '');
  await eventually(() => desktop.do('tray')).toMatchObject({ isVisible: true });
  const { menu, tooltip } = await desktop.do('tray');
  expect([menu.length > 0, tooltip]).toEqual([true, expect.stringContaining('poptray: ready')]);
});

test('the scheme is registered where that can be, and the tray says where not', async () => {
  const installed = { STAND_IN_PACKAGED: '1', FIXTURE_AUTOSTART: '' };
  const first = await open(undefined, installed);
  expect(await first.desktop.do('schemes')).toEqual(['poptray']);
  const second = await open(undefined, { ...installed, APPIMAGE: '/home/a/poptray.AppImage' });
  expect(await second.desktop.do('schemes')).toEqual([]);
  const tooltip = expect.stringContaining('In trouble: scheme');
  await eventually(() => second.desktop.do('tray')).toMatchObject({ tooltip });
  expect(existsSync(join(second.start.dataDir, 'endpoint.json'))).toBe(false);
});
