/** How the tray application ends when it must: a fault of its own, and a start that was meant for the command. */
import { expect, test, vi } from 'vitest';
import { startRefused } from './driver.ts';
import { eventually } from './eventually.ts';
import { useFixtureShell } from './fixture-shell.ts';

vi.setConfig({ testTimeout: 60_000 });
const open = useFixtureShell();

test('an uncaught exception ends it in order, is logged by its kind alone, and told', async () => {
  const { desktop, trace, log } = await open();
  desktop.do('throwNow').catch(() => {});
  expect(await desktop.ended).toBe(1);
  expect(trace().filter(({ stopped }) => stopped)).toHaveLength(1);
  expect(log()).toMatch(/uncaught exception.*TypeError/);
  expect(log()).not.toContain('Ada');
  expect(desktop.complaints()).toContain('poptray has ended');
  expect(desktop.complaints()).not.toContain('Ada');
});

test('a rejection that nobody handles is logged by its kind alone, and poptray goes on', async () => {
  const { desktop, log } = await open();
  await desktop.do('rejectNow');
  await eventually(log).toMatch(/unhandled rejection.*Error/);
  expect(log()).not.toContain('Ada');
  expect(desktop.complaints()).not.toContain('Ada');
  expect((await desktop.do('tray')).isThere).toBe(true);
});

test.each([
  [['trigger', '--user', 'agent-1', '--data', 'customerName=Ada']],
  [['audit', 'verify']],
  [['doctor']],
])('called as the command, it does nothing, says where that is, and exits with 64: %j', async (args) => {
  const { start, trace } = await open();
  const { code, complaints } = await startRefused({ ...start, args });
  expect(code).toBe(64);
  expect(complaints).toMatch(/tray application.*command is another program/);
  expect(complaints).not.toContain('Ada');
  expect(trace().filter(({ stopped }) => stopped)).toEqual([]);
});

test.each(['0', '1'])(
  'its own arguments, and Chromium’s, are none of the command (packaged: %s)',
  async (packaged) => {
    const args = ['--port', '0', '--no-sandbox', '--inspect=0', '--hidden', 'POPTRAY://trigger?user=agent-1'];
    const { desktop, fired } = await open(args, {
      env: { STAND_IN_PACKAGED: packaged, XDG_CONFIG_HOME: '/nowhere' },
      callers: ['unnamed program'],
    });
    await eventually(fired).toHaveLength(1);
    expect((await desktop.do('tray')).isThere).toBe(true);
  },
);
