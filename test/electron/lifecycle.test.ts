/** The parts of the shell that wait for something: quit, activations, updates, events, start. */
import { EventEmitter } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { watchActivations } from '../../main/electron/activations.ts';
import { readArguments } from '../../main/electron/arguments.ts';
import { feedEvents } from '../../main/electron/event-feed.ts';
import { stopBeforeQuit } from '../../main/electron/quit.ts';
import { explainStartupFault } from '../../main/electron/startup-fault.ts';
import { startUpdates } from '../../main/electron/updates.ts';
import { webPreferences } from '../../main/electron/window.ts';
import type { ApiEvent } from '../../shared/api.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { quietStatus } from '../support/quiet-status.ts';

const tick = () => new Promise((resolve) => setImmediate(resolve));

test('the arguments are found among Chromium’s own', () => {
  const argv = [
    'electron',
    '--no-sandbox',
    '.',
    '--port',
    '9000',
    '--data-dir=/d',
    '--hidden',
    'poptray://trigger?user=a',
  ];
  expect(readArguments(argv)).toEqual({
    port: '9000',
    dataDir: '/d',
    isHidden: true,
    isOpening: false,
    isVersionWanted: false,
    url: 'poptray://trigger?user=a',
  });
  expect(readArguments(['electron', '.'])).toEqual({
    isHidden: false,
    isOpening: false,
    isVersionWanted: false,
  });
  expect(readArguments(['electron', '.', '--open']).isOpening).toBe(true);
  expect(readArguments(['electron', '.', '--open', '--no-open']).isOpening).toBe(false);
  expect(readArguments(['poptray', '--version']).isVersionWanted).toBe(true);
});

describe('a quit', () => {
  function openQuit(stop: () => Promise<void>) {
    const app = Object.assign(new EventEmitter(), { exit: vi.fn(), quit: vi.fn() });
    const onFault = vi.fn();
    const quit = stopBeforeQuit(app as never, stop, onFault);
    const ask = () => {
      const event = { preventDefault: vi.fn() };
      app.emit('before-quit', event);
      return event.preventDefault.mock.calls.length > 0;
    };
    return { app, quit, ask, onFault };
  }

  test('waits for the stop, which runs once, and then goes through', async () => {
    const stop = vi.fn(async () => {});
    const { app, quit, ask } = openQuit(stop);
    expect(quit.isUnderWay()).toBe(false);
    expect([ask(), ask()]).toEqual([true, true]);
    expect(quit.isUnderWay()).toBe(true);
    await tick();
    expect(stop).toHaveBeenCalledTimes(1);
    expect(app.quit).toHaveBeenCalledTimes(1);
    expect(ask()).toBe(false);
  });

  test('that cannot stop in order ends all the same, and says so', async () => {
    const fault = new Error('disk');
    const { app, ask, onFault } = openQuit(() => Promise.reject(fault));
    ask();
    await tick();
    expect(onFault).toHaveBeenCalledWith(fault);
    expect(app.exit).toHaveBeenCalledWith(1);
  });
});

test('what comes before the shell is ready is handed over when it is', () => {
  const app = new EventEmitter();
  const activations = watchActivations(app as never);
  const to = { show: vi.fn(), openUrl: vi.fn() };
  app.emit('open-url', { preventDefault() {} }, 'poptray://trigger?user=a');
  app.emit('open-url', { preventDefault() {} }, 'https://example.com');
  app.emit('second-instance', {}, ['poptray', 'poptray://trigger?user=b']);
  expect(to.openUrl).not.toHaveBeenCalled();
  activations.attach(to);
  expect(to.openUrl.mock.calls).toEqual([['poptray://trigger?user=a'], ['poptray://trigger?user=b']]);
  expect(to.show).not.toHaveBeenCalled();
  app.emit('second-instance', {}, ['poptray']);
  app.emit('activate');
  expect(to.show).toHaveBeenCalledTimes(2);
});

describe('updates', () => {
  test('are not even loaded without a feed', () => {
    const load = vi.fn();
    startUpdates(undefined, { load, clock: createFakeClock(), report: vi.fn() })();
    expect(load).not.toHaveBeenCalled();
  });

  test('are looked for now and every six hours, also after a look that failed', async () => {
    const clock = createFakeClock();
    const checkForUpdates = vi.fn(() => Promise.reject(new Error('offline')));
    const updater = {
      httpExecutor: { createRequest: vi.fn() },
      setFeedURL: vi.fn(),
      checkForUpdates,
      autoInstallOnAppQuit: false,
      allowDowngrade: true,
    };
    const report = vi.fn();
    const stop = startUpdates('https://updates.example', { load: async () => updater, clock, report });
    await clock.advance(12 * 3_600_000);
    expect(checkForUpdates).toHaveBeenCalledTimes(3);
    expect(report.mock.calls).toEqual(
      Array(3).fill([{ code: 'Error', why: expect.stringContaining('updates.example') }]),
    );
    checkForUpdates.mockResolvedValueOnce(null as never);
    await clock.advance(6 * 3_600_000);
    expect(report).toHaveBeenLastCalledWith(null);
    stop();
    await clock.advance(12 * 3_600_000);
    expect(checkForUpdates).toHaveBeenCalledTimes(4);
  });
});

test.each([
  ['net::ERR_NAME_NOT_RESOLVED', 'dns_unknown_name', /The name updates\.example does not exist/],
  ['net::ERR_CONNECTION_REFUSED', 'refused', /Nothing takes connections at updates\.example.*Check the port/],
  ['net::ERR_CERT_AUTHORITY_INVALID', 'certificate_unknown_issuer', /whom this machine does not trust/],
  ['net::ERR_FAILED', 'ERR_FAILED', /from updates\.example \(ERR_FAILED\)/],
])('a feed that answers %s is told by its cause', async (message, code, why) => {
  const report = vi.fn();
  const updater = {
    httpExecutor: { createRequest: vi.fn() },
    setFeedURL: vi.fn(),
    checkForUpdates: () => Promise.reject(new Error(message)),
    autoInstallOnAppQuit: false,
    allowDowngrade: true,
  };
  startUpdates('https://updates.example', { load: async () => updater, clock: createFakeClock(), report });
  await tick();
  expect(report).toHaveBeenCalledExactlyOnceWith({ code, why: expect.stringMatching(why) });
});

test('a download that fails behind is told as a look that fails', async () => {
  const report = vi.fn();
  const fault = new Error('ENOENT: app-update.yml');
  const checkForUpdates = async () => ({ downloadPromise: Promise.reject(fault) }) as never;
  const updater = {
    httpExecutor: { createRequest: vi.fn() },
    setFeedURL: vi.fn(),
    checkForUpdates,
    autoInstallOnAppQuit: false,
    allowDowngrade: true,
  };
  startUpdates('https://updates.example', { load: async () => updater, clock: createFakeClock(), report });
  await tick();
  expect(report).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'Error' }));
});

test('a burst of events reaches the page as one message, and none after the end', async () => {
  const clock = createFakeClock();
  const listeners = new Set<(event: ApiEvent) => void>();
  const sent: (readonly ApiEvent[])[] = [];
  const subscribe = (listener: (event: ApiEvent) => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const end = feedEvents({ subscribe }, clock, (events) => sent.push(events));
  const burst = (count: number) => {
    for (const listener of listeners)
      for (let i = 0; i < count; i++) listener({ type: 'status', status: quietStatus({ underWay: i }) });
  };
  burst(1500);
  await clock.advance(40);
  expect(sent.map((events) => events.length)).toEqual([1000]);
  burst(1);
  end();
  burst(1);
  await clock.advance(1000);
  expect(sent).toHaveLength(1);
});

test('the window’s page is shut off from Node in every way that there is', () => {
  expect(webPreferences('/preload.cjs', false)).toMatchObject({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    webviewTag: false,
    devTools: false,
  });
});

test('a start that fails says what can be done about it', () => {
  const named = (name: string, message: string) => Object.assign(new Error(message), { name });
  expect(explainStartupFault(named('PortTaken', 'port 8080 is taken'))).toBe('port 8080 is taken');
  expect(explainStartupFault(named('LogLocked', 'it is in use'))).toBe('it is in use');
  expect(explainStartupFault(named('AuditKeyMissing', 'the key is gone'))).toMatch(/go on: the key is gone/);
  const fault = Object.assign(new Error('EACCES: …'), { code: 'EACCES', path: '/d/x' });
  expect(explainStartupFault(fault)).toBe(
    'This account may not read and write /d/x. Give it back to this account, or put the data folder elsewhere with POPTRAY_DATA_DIR.',
  );
  expect(explainStartupFault(named('constructor', 'odd'))).toMatch(/^odd/);
});
