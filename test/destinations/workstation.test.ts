/** The page on this machine's screen: how long the browser is waited for, and what the caller hears. */
import {
  appendFileSync,
  chmodSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openShownKeys } from '../../main/destinations/workstation/shown-keys.ts';
import { createWorkstationType } from '../../main/destinations/workstation/workstation.ts';
import { createOpenedPages } from '../../main/endpoint/opened-pages.ts';
import { deliver } from '../../main/pipeline/deliver.ts';
import type { Delivery } from '../../main/pipeline/delivery.ts';
import type { Destination } from '../../main/pipeline/ports.ts';
import type { PageWindows, WindowEnd, WindowPage } from '../../main/platform/page-windows.ts';
import { createFakeBrowser } from '../support/fake-browser.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { tempDir } from '../support/temp-dir.ts';

const URI = 'https://crm.example/agent#name=Ada';

function createDesk({
  dataDir = tempDir(),
  windows,
  ...options
}: {
  dataDir?: string;
  windows?: PageWindows;
  fault?: string;
  displayFault?: string;
} = {}) {
  const clock = createFakeClock();
  const browser = createFakeBrowser(options);
  const pages = createOpenedPages(browser);
  pages.listenAt('http://127.0.0.1:8080');
  const deps = { clock, screen: pages, dataDir, windows } as never;
  const opened = createWorkstationType().open(
    windows
      ? {
          id: 'here',
          kind: 'workstation',
          open: 'window',
          maxOpen: 3,
          alsoOrigins: ['https://login.example'],
        }
      : { id: 'here', kind: 'workstation', open: 'browser' },
    () => '',
    deps,
  ) as Destination | { missing: string };
  const stopping = new AbortController();
  const withdrawn = new AbortController();

  async function begin(key = 'key-1', expiresInMs?: number) {
    if ('missing' in opened) throw new Error(opened.missing);
    const prepared = opened.prepare({
      popId: 'pop',
      idempotencyKey: key,
      userId: 'agent',
      applicationId: 'app',
      uri: URI,
      allowedOrigins: ['https://crm.example'],
      state: {},
    });
    const plan = {
      destination: opened,
      attemptTimeoutMs: 15_000,
      deadlineAt: clock.monotonic() + 20_000,
      expiresAt: expiresInMs === undefined ? undefined : clock.now() + expiresInMs,
      withdrawn: withdrawn.signal,
      stopping: stopping.signal,
    };
    const running = deliver(prepared, plan, { clock, random: () => 0.5 });
    let ended: Delivery | undefined;
    void running.then((delivery) => {
      ended = delivery;
    });
    await clock.advance(0);
    return { running, ended: () => ended };
  }

  /** What the browser does with the address that it was opened on. */
  function load(url = browser.opened.at(-1) ?? '') {
    const id = url.slice(url.lastIndexOf('/') + 1);
    const fetched = pages.fetch(id);
    return {
      id,
      isGiven: fetched !== undefined,
      report: (isFocused = true) => pages.report(id, fetched?.secret ?? '', { isFocused }),
    };
  }

  return {
    clock,
    browser,
    pages,
    opened,
    begin,
    load,
    stop: () => stopping.abort(),
    withdraw: () => withdrawn.abort(),
    dataDir,
  };
}

test.each([true, false])(
  'a page that was reported is delivered, with its focus (%s) and its time',
  async (isFocused) => {
    const { clock, browser, begin, load } = createDesk();
    const { running } = await begin();
    await clock.advance(70);
    const tab = load();
    await clock.advance(30);
    expect(tab.report(isFocused)).toEqual({ outcome: 'show', target: URI });
    expect(await running).toMatchObject({
      status: 'delivered',
      windowFocused: isFocused,
      shownMs: 100,
      attempts: 1,
      duplicate: false,
      tokenMs: 0,
    });
    expect(browser.opened).toHaveLength(1);
  },
);

describe('a browser that is slow to come', () => {
  test('is opened once more after 12 s, with the same address, and never a third time', async () => {
    const { clock, browser, begin, load } = createDesk();
    const { running } = await begin();
    await clock.advance(11_999);
    expect(browser.opened).toHaveLength(1);
    await clock.advance(7_000);
    expect(browser.opened).toHaveLength(2);
    expect(new Set(browser.opened).size).toBe(1);
    load().report();
    expect(await running).toMatchObject({ status: 'delivered', attempts: 2, shownMs: 18_999 });
  });

  test('has two tabs, of which one shows the page and the other says so', async () => {
    const { clock, begin, load } = createDesk();
    const { running } = await begin();
    await clock.advance(13_000);
    const [first, second] = [load(), load()];
    expect(second.report(true)).toEqual({ outcome: 'show', target: URI });
    expect(first.report(false)).toEqual({ outcome: 'elsewhere' });
    expect(await running).toMatchObject({ status: 'delivered', windowFocused: true });
    expect(load().isGiven).toBe(false);
  });

  test('is not opened again once it has come', async () => {
    const { clock, browser, begin, load } = createDesk();
    const { running } = await begin();
    await clock.advance(11_000);
    const tab = load();
    await clock.advance(5_000);
    expect(browser.opened).toHaveLength(1);
    tab.report();
    expect(await running).toMatchObject({ status: 'delivered', attempts: 1 });
  });

  test.each([
    ['that never came', false, /^no browser came for the page$/],
    ['whose scripts are off', true, /scripts of 127\.0\.0\.1 must be allowed/],
  ])('is given nothing after the deadline: of one %s the caller hears so', async (_what, comes, detail) => {
    const { clock, begin, load } = createDesk();
    const { running } = await begin();
    const tab = comes ? load() : undefined;
    await clock.advance(20_000);
    const { status, error, mayHaveArrived } = await running;
    expect([status, error?.code, mayHaveArrived]).toEqual(['failed', 'not_shown', false]);
    expect(error?.message).toMatch(detail);
    expect(tab?.report() ?? load().isGiven).toEqual(comes ? { outcome: 'over' } : false);
  });
});

test('what opens browsers is quoted where it ended badly, and another user who came', async () => {
  const { clock, browser, begin, pages } = createDesk();
  browser.exitCode = 4;
  const { running } = await begin();
  const [id = ''] = browser.opened[0]?.split('/').slice(-1) ?? [];
  expect([pages.contest(id), pages.contest('AAAAAAAAAAAAAAAAAAAAAA')]).toEqual([true, false]);
  await clock.advance(20_000);
  expect((await running).error?.message).toBe(
    'no browser came for the page; what opens browsers here ended with status 4; a program of another user asked for it',
  );
});

test('a call that has ended takes its page away from a browser that has not shown it', async () => {
  const { clock, begin, load, withdraw } = createDesk();
  const { running } = await begin();
  const tab = load();
  withdraw();
  await clock.advance(0);
  expect(await running).toMatchObject({ status: 'withdrawn', mayHaveArrived: false });
  expect(tab.report()).toEqual({ outcome: 'over' });
});

test('a pop that expires while the browser starts is not shown late', async () => {
  const { clock, begin, load } = createDesk();
  const { running } = await begin('key-1', 3000);
  await clock.advance(3000);
  expect(await running).toMatchObject({ status: 'expired' });
  expect(load().isGiven).toBe(false);
});

test('a stop ends the wait, and what comes later gets nothing', async () => {
  const { clock, begin, load, stop } = createDesk();
  const { running } = await begin();
  stop();
  await clock.advance(0);
  expect(await running).toMatchObject({ status: 'failed', mayHaveArrived: false });
  expect(load().isGiven).toBe(false);
});

describe('a key', () => {
  test('that was shown is not shown again, and answers with what was seen then, also after a restart', async () => {
    const dataDir = tempDir();
    const before = createDesk({ dataDir });
    const { running } = await before.begin();
    before.load().report(false);
    await running;
    for (const desk of [before, createDesk({ dataDir })]) {
      const opened = desk.browser.opened.length;
      const again = await desk.begin();
      expect(await again.running).toMatchObject({
        status: 'delivered',
        duplicate: true,
        windowFocused: false,
      });
      expect(desk.browser.opened).toHaveLength(opened);
      expect((await desk.begin('key-2')).ended()).toBeUndefined();
    }
  });

  test('that was not shown may be sent again', async () => {
    const { clock, begin, load } = createDesk();
    const first = await begin();
    await clock.advance(20_000);
    expect(await first.running).toMatchObject({ status: 'failed' });
    const again = await begin();
    load().report();
    expect(await again.running).toMatchObject({ status: 'delivered', duplicate: false });
  });

  test('of which it cannot be written down that it was shown, is not', async () => {
    const { begin, load, dataDir } = createDesk();
    const { ended } = await begin();
    writeFileSync(join(dataDir, 'elsewhere'), '');
    rmSync(join(dataDir, 'shown-keys'), { force: true });
    symlinkSync(join(dataDir, 'elsewhere'), join(dataDir, 'shown-keys'));
    expect(() => load().report()).toThrow('ELOOP');
    expect(ended()).toBeUndefined();
    rmSync(join(dataDir, 'shown-keys'));
    expect(load().report()).toEqual({ outcome: 'show', target: URI });
  });
});

describe('the file of shown keys', () => {
  test('is its owner’s alone, holds no key as it is, and outlives a line that was torn', () => {
    const path = join(tempDir(), 'shown-keys');
    const keys = openShownKeys(path);
    keys.add('call-0301234567', true);
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
    appendFileSync(path, 'torn');
    const reopened = openShownKeys(path);
    expect(reopened.find('call-0301234567')).toEqual({ isFocused: true });
    expect(reopened.find('call-2')).toBeUndefined();
    reopened.add('call-2', false);
    expect(openShownKeys(path).find('call-2')).toEqual({ isFocused: false });
    expect(readFileSync(path, 'utf8')).not.toContain('0301234567');
  });

  test('that holds no text is begun anew', () => {
    const path = join(tempDir(), 'shown-keys');
    writeFileSync(path, Buffer.from([0xff, 0xfe, 0x00]), { mode: 0o600 });
    openShownKeys(path).add('key-1', true);
    expect(openShownKeys(path).find('key-1')).toEqual({ isFocused: true });
  });

  test('keeps the latest of very many', () => {
    const path = join(tempDir(), 'shown-keys');
    const keys = openShownKeys(path);
    for (let at = 0; at < 10_500; at += 1) keys.add(`key-${at}`, false);
    const reopened = openShownKeys(path);
    expect([reopened.find('key-0'), reopened.find('key-10499')]).toEqual([undefined, { isFocused: false }]);
    expect(statSync(path).size).toBeLessThan(600_000);
  });

  test.skipIf(process.platform === 'win32')(
    'that others can read is not used: it says so instead of popping',
    () => {
      const dataDir = tempDir();
      writeFileSync(join(dataDir, 'shown-keys'), '');
      chmodSync(join(dataDir, 'shown-keys'), 0o644);
      expect(createDesk({ dataDir }).opened).toEqual({ missing: expect.stringContaining('shown-keys') });
    },
  );
});

test('what opens browsers and is not there fails at once, in words', async () => {
  const { begin } = createDesk({ fault: 'there is no xdg-open' });
  const { running } = await begin();
  const { error, attempts } = await running;
  expect([error?.code, error?.message, attempts]).toEqual(['not_shown', 'there is no xdg-open', 1]);
});

test('without a display, and for windows that this version does not have, nothing is configured', () => {
  expect(createDesk({ displayFault: 'there is no display' }).opened).toEqual({
    missing: 'there is no display',
  });
  const deps = { screen: createOpenedPages(createFakeBrowser()), dataDir: tempDir() } as never;
  const opened = createWorkstationType().open(
    { id: 'here', kind: 'workstation', open: 'window' },
    () => '',
    deps,
  );
  expect(opened).toEqual({
    missing: expect.stringMatching(/only the tray application has windows.*"browser"/),
  });
});

describe('a window', () => {
  /** Windows in which pages end so. */
  function createWindows(end: (onCommit: () => void, signal: AbortSignal) => Promise<WindowEnd>) {
    const pages: WindowPage[] = [];
    const windows: PageWindows = {
      show(page, onCommit, signal) {
        pages.push(page);
        return end(onCommit, signal);
      },
      endCall() {},
    };
    return { windows, pages };
  }

  test.each([true, false])(
    'is told where its page may go, and what it measures is answered (%s), also to the same key again',
    async (isFocused) => {
      const { windows, pages } = createWindows(async (onCommit) => {
        onCommit();
        return { kind: 'shown', isFocused };
      });
      const { begin, browser } = createDesk({ windows });
      const { running } = await begin();
      expect(await running).toMatchObject({
        status: 'delivered',
        windowFocused: isFocused,
        duplicate: false,
      });
      expect(pages).toEqual([
        {
          uri: URI,
          key: 'key-1',
          application: 'app',
          origins: ['https://crm.example', 'https://login.example'],
          focus: 'polite',
          maxOpen: 3,
        },
      ]);
      const again = await begin();
      expect(await again.running).toMatchObject({ duplicate: true, windowFocused: isFocused });
      expect([pages.length, browser.opened.length]).toEqual([1, 0]);
    },
  );

  test('that cannot show the page is not_shown, in its own words, and the key may be sent again', async () => {
    const { windows, pages } = createWindows(async () => ({ kind: 'fault', why: 'status 503' }));
    const { begin } = createDesk({ windows });
    for (const times of [1, 2]) {
      const { error, mayHaveArrived } = await (await begin()).running;
      expect([error?.code, error?.message, mayHaveArrived, pages.length]).toEqual([
        'not_shown',
        'status 503',
        false,
        times,
      ]);
    }
  });

  test('that is not to be had, because all hold unsaved work, is the browser', async () => {
    const { windows } = createWindows(async () => ({ kind: 'full' }));
    const { begin, browser, load } = createDesk({ windows });
    const { running } = await begin();
    expect(browser.opened).toHaveLength(1);
    load().report();
    expect(await running).toMatchObject({ status: 'delivered', windowFocused: true });
  });

  test.each(['late', 'withdrawn'])('whose page has not come is cut off: %s', async (why) => {
    const { windows } = createWindows(
      (_onCommit, signal) =>
        new Promise((resolve) => signal.addEventListener('abort', () => resolve({ kind: 'cut' }))),
    );
    const { begin, clock, withdraw } = createDesk({ windows });
    const { running } = await begin();
    if (why === 'late') await clock.advance(20_000);
    else withdraw();
    await clock.advance(0);
    const { status, error } = await running;
    expect([status, error?.code]).toEqual(
      why === 'late' ? ['failed', 'not_shown'] : ['withdrawn', undefined],
    );
  });
});
