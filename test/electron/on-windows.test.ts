/** The shell where Electron does as it does on Windows. */
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { chromiumFolder } from '../../main/electron/claim-folder.ts';
import { watchSessionEnd } from '../../main/electron/session-end.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { eventually } from './eventually.ts';
import { useFixtureShell } from './fixture-shell.ts';

vi.setConfig({ testTimeout: 60_000 });
const openShell = useFixtureShell();
const open = (args?: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  openShell(args, { env: { STAND_IN_PLATFORM: 'win32', ...env }, callers: ['unnamed program'] });

test.each([
  ['in the tray alone', ['--hidden']],
  ['with its window open', []],
])('a logoff stops it in order while Windows asks the other programs, %s', async (_, args) => {
  const { desktop, trace } = await open(args);
  desktop.do('endSession', 2000).catch(() => {});
  await desktop.ended;
  expect(trace().filter(({ stopped }) => stopped)).toHaveLength(1);
});

test('where there is no moment left, what can be done at once is done', async () => {
  const { desktop, trace } = await open();
  desktop.do('endSession', 'at once').catch(() => {});
  await desktop.ended;
  expect(trace().filter(({ abandoned }) => abandoned)).toHaveLength(1);
});

test('a notice that has left the screen is still clicked in the Action Center', async () => {
  const { desktop } = await open();
  await desktop.do('openUrl', 'poptray://trigger?user=fails');
  await eventually(() => desktop.do('notices')).toHaveLength(1);
  await desktop.do('timeOut', 0);
  await desktop.do('collectGarbage');
  await desktop.do('clickNotice', 0);
  // Of one that poptray has let go of, only the dashboard would come.
  await eventually(() => desktop.do('windows')).toMatchObject([
    { isShown: true, url: 'app://poptray/#/pops/pop-3' },
  ]);
});

test.each([
  ['click', 'clickNotice'],
  ['button', 'pressButton'],
] as const)('the %s of a notice opens the pop that it is about', async (_, press) => {
  const { desktop } = await open();
  await desktop.do('openUrl', 'poptray://trigger?user=fails');
  await eventually(() => desktop.do('notices')).toHaveLength(1);
  await desktop.do(press, 0);
  await eventually(async () => (await desktop.do('windows'))[0]?.url).toBe('app://poptray/#/pops/pop-3');
});

test('a click on a notice of an earlier start opens the dashboard of the one that runs', async () => {
  const { desktop } = await open();
  await desktop.do('clickOldNotice');
  await eventually(() => desktop.do('windows')).toMatchObject([{ isShown: true, url: 'app://poptray/' }]);
});

test('a click on a notice of an earlier start, where none runs, starts poptray with its window', async () => {
  const env = { STAND_IN_PACKAGED: '1', STAND_IN_ACTIVATED: '1' };
  // So Windows starts it; and so it may be started at login before anybody has clicked.
  for (const args of [['-Embedding'], ['--hidden']]) {
    const { desktop } = await open(args, env);
    await eventually(() => desktop.do('windows')).toMatchObject([{ isShown: true }]);
  }
});

test('a click on the icon opens the dashboard', async () => {
  const { desktop } = await open();
  await desktop.do('clickTray');
  await eventually(() => desktop.do('windows')).toMatchObject([{ isShown: true }]);
  expect((await desktop.do('tray')).menusOpened).toBe(0);
});

test('a minimised window comes back with a second start', async () => {
  const { desktop } = await open([]);
  await eventually(() => desktop.do('windows')).toMatchObject([{ isShown: true }]);
  await desktop.do('minimizeWindow');
  await desktop.do('startAgain', ['poptray.exe']);
  await eventually(() => desktop.do('isMinimized')).toBe(false);
});

test('what was switched off in the Task Manager stays off, start after start', async () => {
  const env = { STAND_IN_PACKAGED: '1', STAND_IN_RUN_KEY: 'off', FIXTURE_AUTOSTART: '1' };
  const { desktop } = await open(undefined, env);
  expect(await desktop.do('runKey')).toEqual({ args: ['--hidden'], isApproved: false });
  expect(await desktop.do('loginItems')).toEqual([]);
});

test('an installed poptray that is to start at login registers itself once, hidden', async () => {
  const { desktop } = await open(undefined, { STAND_IN_PACKAGED: '1', FIXTURE_AUTOSTART: '1' });
  await eventually(() => desktop.do('loginItems')).toEqual([{ openAtLogin: true, args: ['--hidden'] }]);
});

test('Chromium’s profile does not roam with the user, unless the folder was chosen', () => {
  const env = { APPDATA: 'C:\\Users\\a\\AppData\\Roaming', LOCALAPPDATA: '/local' };
  const usual = `${env.APPDATA}\\poptray`;
  expect(chromiumFolder(usual, env, 'win32')).toBe(join('/local', 'poptray', 'chromium'));
  expect(chromiumFolder('/chosen', env, 'win32')).toBe(join('/chosen', 'chromium'));
  expect(chromiumFolder('/home/a/.config/poptray', env, 'linux')).toBe(
    join('/home/a/.config/poptray', 'chromium'),
  );
});

test('a logoff that its user calls off has poptray stopped, and started anew', async () => {
  const clock = createFakeClock();
  const window = new EventEmitter();
  const on = { ending: vi.fn(), ended: vi.fn(), calledOff: vi.fn() };
  watchSessionEnd(window as never, { clock, ...on });
  window.emit('query-session-end', {});
  expect(on.ending).toHaveBeenCalledTimes(1);
  await clock.advance(60_000);
  expect([on.calledOff.mock.calls.length, on.ended.mock.calls.length]).toEqual([1, 0]);
});

test('a quit that is asked for while a logoff stops poptray goes through', async () => {
  const { desktop, trace } = await open();
  desktop.do('endSession', 5000, true).catch(() => {});
  await desktop.do('quit').catch(() => {});
  expect(await desktop.ended).toBe(0);
  expect(trace().filter(({ stopped }) => stopped)).toHaveLength(1);
});
