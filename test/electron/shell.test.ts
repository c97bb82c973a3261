/** The built shell on the stand-in, around a dashboard in memory: tray, scheme, notices, IPC. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { CHANNELS } from '../../main/electron/channels.ts';
import { type Desktop, faceOf, platform, type Start, startAgain, startDesktop } from './driver.ts';
import { eventually } from './eventually.ts';
import { answerCaller, useFixtureShell } from './fixture-shell.ts';

vi.setConfig({ testTimeout: 60_000 });
const open = useFixtureShell();
const UNNAMED = ['unnamed program'];

const answers = (port: number | undefined) =>
  fetch(`http://127.0.0.1:${port}`).then(
    () => true,
    () => false,
  );

describe('in the tray', () => {
  test('a start at login shows the tray and no window', async () => {
    const { desktop } = await open();
    const tray = await desktop.do('tray');
    expect(tray.image.endsWith(faceOf('ready'))).toBe(true);
    expect(tray.tooltip).toBe('poptray: ready (simulated)\nNo pop yet\nToday: 0 delivered, 0 failed');
    expect(await desktop.do('windows')).toEqual([]);
  });

  test('a test pop goes out, is told of, and stands first in the menu', async () => {
    const { desktop, fired } = await open();
    await desktop.do('clickMenu', 'Send a test pop');
    await eventually(() => desktop.do('notices')).toMatchObject([{ title: 'Test pop delivered' }]);
    expect(fired()).toMatchObject([{ client: 'dashboard', request: { trigger: { phase: 'manual' } } }]);
    await eventually(async () =>
      (await desktop.do('tray')).menu.some(({ label }) => label?.startsWith('✓')),
    ).toBe(true);
  });

  test('pausing changes the face, the menu and the tooltip, and resuming changes them back', async () => {
    const { desktop } = await open();
    await desktop.do('clickMenu', 'For 15 minutes');
    await eventually(async () => (await desktop.do('tray')).image).toContain(faceOf('paused'));
    expect((await desktop.do('tray')).tooltip).toContain('poptray: paused');
    await desktop.do('clickMenu', 'Resume pops');
    await eventually(async () => (await desktop.do('tray')).image).toContain(faceOf('ready'));
  });

  test('the endpoint’s address is copied as a softphone needs it', async () => {
    const { desktop } = await open();
    await desktop.do('clickMenu', 'Copy endpoint address');
    await eventually(() => desktop.do('clipboard')).toBe('http://127.0.0.1:8080/trigger-screenpop');
  });

  test('after a suspend the state is asked for anew', async () => {
    const { desktop, trace } = await open();
    const asked = () => trace().filter(({ name }) => name === 'status').length;
    const before = asked();
    await desktop.do('wake');
    await eventually(asked).toBeGreaterThan(before + 1);
  });

  test('quit stops the app once, closes its port and takes the tray away', async () => {
    const { desktop, trace } = await open();
    const port = trace().find((line) => line.port !== undefined)?.port;
    expect(await answers(port)).toBe(true);
    desktop.do('quit').catch(() => {});
    desktop.do('quit').catch(() => {});
    expect(await desktop.ended).toBe(0);
    expect(await answers(port)).toBe(false);
    expect(trace().filter(({ stopped }) => stopped)).toHaveLength(1);
  });
});

/** A softphone's URL reaches a poptray that runs as a start of its own, and on macOS as an event. */
async function openUrl(desktop: Desktop, start: Start, url: string): Promise<void> {
  if (platform === 'darwin') await desktop.do('openUrl', url);
  else expect(await startAgain({ ...start, args: [url] })).toBe(0);
}

/** The start that a URL makes where poptray does not run. */
function openedWith(start: Start, url: string): Start {
  if (platform !== 'darwin') return { ...start, args: [url] };
  return { ...start, args: [], env: { ...start.env, STAND_IN_OPEN_URL: url } };
}

describe('the scheme', () => {
  const URL_OF = (user: string) => `poptray://trigger?user=${user}&from=3CX&data.customerName=Ada%20Lovelace`;

  test('asks before a new caller’s first pop, fires it, and does not ask again, also after a restart', async () => {
    const { desktop, start, fired } = await open();
    await openUrl(desktop, start, URL_OF('agent-1'));
    await answerCaller(desktop, 0);
    await eventually(fired).toHaveLength(1);
    expect(fired()[0]).toMatchObject({
      client: 'scheme:3CX',
      request: { trigger: { userId: 'agent-1', customerData: { customerName: 'Ada Lovelace' } } },
    });
    const questions = await desktop.do('questions');
    expect(questions).toMatchObject([{ defaultId: 1, cancelId: 1 }]);
    expect(questions[0]?.message).toContain('3CX');

    desktop.do('quit').catch(() => {});
    await desktop.ended;
    const again = await startDesktop(openedWith(start, URL_OF('agent-2')));
    await eventually(fired).toHaveLength(2);
    expect([await again.do('questions'), await again.do('windows')]).toEqual([[], []]);
  });

  test('before the user has turned to the question nothing is on the screen, and everything goes on', async () => {
    const { desktop, start, fired, trace } = await open();
    await openUrl(desktop, start, URL_OF('agent-1'));
    await eventually(() => desktop.do('notices')).toMatchObject([
      { title: 'A program that calls itself “3CX” wants to show screen pops' },
    ]);
    expect([await desktop.do('questions'), await desktop.do('windows')]).toEqual([[], []]);
    expect(await answers(trace().find(({ port }) => port !== undefined)?.port)).toBe(true);
    expect(fired()).toEqual([]);
  });

  test('the tray has the question, too, for who has missed the notice', async () => {
    const { desktop, start, fired } = await open();
    await openUrl(desktop, start, URL_OF('agent-1'));
    await desktop.do('answer', 0);
    await eventually(async () => (await desktop.do('tray')).menu[0]?.label).toContain('3CX');
    await desktop.do('clickMenu', 'A program that calls itself “3CX”');
    await eventually(fired).toHaveLength(1);
    await eventually(async () => (await desktop.do('tray')).menu[0]?.label).not.toContain('3CX');
  });

  test('a file of known callers that is broken is begun anew', async () => {
    const { desktop, start, fired } = await open(['--hidden'], { callers: ['3CX'] });
    desktop.do('quit').catch(() => {});
    await desktop.ended;
    writeFileSync(join(start.dataDir, 'shell.json'), '{"callers":["3C');
    const again = await startDesktop(start);
    await openUrl(again, start, URL_OF('agent-1'));
    await answerCaller(again, 0);
    await eventually(fired).toHaveLength(1);
  });

  test('fires nothing for a caller that is refused, nor for URLs of another form', async () => {
    const { desktop, fired, log } = await open();
    await desktop.do('openUrl', 'poptray://settings?user=agent-1');
    await desktop.do('openUrl', URL_OF('agent-1'));
    await answerCaller(desktop, 1);
    await eventually(log).toContain('the user has not agreed');
    expect(log()).toContain('the URL names another host than call or trigger');
    expect(log()).not.toContain('Ada');
    expect(fired()).toEqual([]);
  });
});

test('no pop opens a window, neither one that was shown nor one that failed', async () => {
  const { desktop } = await open(['--hidden'], { callers: UNNAMED });
  for (const user of ['agent-1', 'fails']) await desktop.do('openUrl', `poptray://trigger?user=${user}`);
  await eventually(() => desktop.do('notices')).toHaveLength(1);
  await eventually(async () => (await desktop.do('tray')).image).toContain(faceOf('degraded'));
  expect(await desktop.do('windows')).toEqual([]);
});

test('a failed pop is told of with the hint of its error, once for many', async () => {
  const { desktop } = await open(['--hidden'], { callers: UNNAMED });
  for (let i = 0; i < 5; i++) await desktop.do('openUrl', `poptray://trigger?user=fails&data.n=${i}`);
  await eventually(() => desktop.do('notices')).toEqual([
    {
      title: 'The destination did not answer in time',
      body: 'Send the same key again: the destination shows the pop at most once.',
    },
  ]);
  await eventually(async () => (await desktop.do('tray')).image).toContain(faceOf('degraded'));
});

describe('IPC', () => {
  const ask = (url: string, sender: 'page' | 'subframe' | 'gone' | 'disposed', ...args: unknown[]) =>
    ['invokeFrom', url, sender, CHANNELS.call, args] as const;

  test('answers the dashboard’s own page alone', async () => {
    const { desktop } = await open();
    expect(await desktop.do(...ask('app://poptray/', 'page', 'status', {}))).toMatchObject({ ok: true });
    const forbidden = { ok: false, code: 'forbidden' };
    for (const sender of ['gone', 'disposed'] as const)
      expect(await desktop.do(...ask('app://poptray/', sender, 'status', {})), sender).toEqual(forbidden);
    expect(await desktop.do(...ask('app://poptray/', 'subframe', 'status', {}))).toEqual(forbidden);
    expect(await desktop.do(...ask('https://evil.example/', 'page', 'status', {}))).toEqual(forbidden);
    expect(await desktop.do('invokeFrom', 'app://evil/', 'page', CHANNELS.export, ['csv', {}])).toEqual(
      forbidden,
    );
  });

  test('takes no operation and no request that is not in the table', async () => {
    const { desktop } = await open();
    const invalid = { ok: false, code: 'invalid_request' };
    for (const args of [
      ['constructor', {}],
      ['status', { x: 1 }],
      [1],
      [['status'], {}],
      ['pause', { for: -1 }],
    ])
      expect(await desktop.do(...ask('app://poptray/', 'page', ...args))).toEqual(invalid);
    for (const args of [
      ['pdf', {}],
      ['csv', { userid: 'a' }],
      ['toString', {}],
    ])
      expect(await desktop.do('invokeFrom', 'app://poptray/', 'page', CHANNELS.export, args)).toEqual(
        invalid,
      );
  });

  test('says nothing of a fault but that there was one', async () => {
    const { desktop } = await open();
    expect(await desktop.do(...ask('app://poptray/', 'page', 'tokenList', {}))).toEqual({
      ok: false,
      code: 'internal',
    });
  });
});
