/** The shell where Electron does as it does on macOS. */
import { expect, test, vi } from 'vitest';
import { startDesktop } from './driver.ts';
import { eventually } from './eventually.ts';
import { answerCaller, useFixtureShell } from './fixture-shell.ts';

vi.setConfig({ testTimeout: 60_000 });
const openShell = useFixtureShell();
const open = (args?: readonly string[], env: Readonly<Record<string, string>> = {}, callers?: string[]) =>
  openShell(args, { env: { STAND_IN_PLATFORM: 'darwin', ...env }, ...(callers && { callers }) });
const URL = 'poptray://trigger?user=agent-1&from=3CX';

test('the question about a program hangs on a window that is there, so that nothing waits for its answer', async () => {
  const { desktop, fired, trace } = await open();
  await desktop.do('openUrl', URL);
  await answerCaller(desktop, 0);
  await eventually(fired).toHaveLength(1);
  expect(await desktop.do('questions')).toMatchObject([{ parent: 'visible' }]);
  expect(await desktop.do('blocked')).toBe(0);
  const port = trace().find((line) => line.port !== undefined)?.port;
  expect((await fetch(`http://127.0.0.1:${port}`)).ok).toBe(true);
});

test('where no notices are allowed the question comes by itself, and on a window', async () => {
  const { desktop, fired } = await open(undefined, { STAND_IN_NOTICES: 'refused' });
  await desktop.do('answer', 0);
  await desktop.do('openUrl', URL);
  await eventually(fired).toHaveLength(1);
  expect(await desktop.do('questions')).toMatchObject([{ parent: 'visible' }]);
  const tooltip = expect.stringContaining('In trouble: notices');
  await eventually(() => desktop.do('tray')).toMatchObject({ tooltip });
});

test('a click on the icon opens its menu and nothing else', async () => {
  const { desktop } = await open();
  await desktop.do('clickTray');
  expect((await desktop.do('tray')).menusOpened).toBe(1);
  expect(await desktop.do('windows')).toEqual([]);
});

test.each([
  ['at login', { STAND_IN_AT_LOGIN: '1' }, []],
  ['by hand', {}, [{ isShown: true }]],
])('started %s it has its window as it is wanted', async (_, env, windows) => {
  const { desktop } = await open([], env);
  await eventually(() => desktop.do('windows')).toMatchObject(windows);
});

test('a URL that starts it fires, and brings no window up', async () => {
  const { desktop, fired } = await open([], { STAND_IN_OPEN_URL: URL }, ['3CX']);
  await eventually(fired).toHaveLength(1);
  expect(await desktop.do('windows')).toEqual([]);
});

test('closed in full screen, the window leaves it before it hides, and no black space stays', async () => {
  const { desktop } = await open([]);
  await eventually(() => desktop.do('windows')).toMatchObject([{ isShown: true }]);
  await desktop.do('enterFullScreen');
  await desktop.do('closeWindow');
  await eventually(() => desktop.do('windows')).toMatchObject([{ isShown: false, hasLeftBlackSpace: false }]);
  await desktop.do('clickMenu', 'Open dashboard');
  await eventually(() => desktop.do('windows')).toMatchObject([{ isShown: true }]);
});

test('wanted again while it leaves full screen, the window stays', async () => {
  const { desktop } = await open([]);
  await eventually(() => desktop.do('windows')).toMatchObject([{ isShown: true }]);
  await desktop.do('enterFullScreen');
  await desktop.do('closeWindow');
  await desktop.do('clickMenu', 'Open dashboard');
  await eventually(() => desktop.do('isFullScreen')).toBe(false);
  expect(await desktop.do('windows')).toMatchObject([{ isShown: true, hasLeftBlackSpace: false }]);
});

test('the end of the session is one in order', async () => {
  const { desktop, trace } = await open();
  desktop.do('endSession').catch(() => {});
  expect(await desktop.ended).toBe(0);
  expect(trace().filter(({ stopped }) => stopped)).toHaveLength(1);
});

test('an installed poptray starts at login without arguments, which macOS does not keep', async () => {
  const { start } = await open();
  const env = { ...start.env, STAND_IN_PACKAGED: '1', FIXTURE_AUTOSTART: '1' };
  const desktop = await startDesktop({ ...start, dataDir: `${start.dataDir}-2`, env });
  await eventually(() => desktop.do('loginItems')).toEqual([{ openAtLogin: true }]);
});
