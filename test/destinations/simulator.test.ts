import { expect, onTestFinished, test } from 'vitest';
import { createSimulatorType } from '../../main/destinations/simulator/simulator.ts';
import { createOpenedPages } from '../../main/endpoint/opened-pages.ts';
import { createDispatcher, fetchThrough } from '../../main/network/dispatcher.ts';
import { createHttpClient } from '../../main/network/http-client.ts';
import { createSystemClock } from '../../main/platform/clock.ts';
import { createFakeBrowser } from '../support/fake-browser.ts';

test('the built-in simulator is one for all who open it, takes a pop over real sockets, and is gone once stopped', async () => {
  const clock = createSystemClock();
  const dispatcher = createDispatcher({ env: {} }, clock);
  const http = createHttpClient(dispatcher);
  onTestFinished(() => http.close());
  const screen = createOpenedPages(createFakeBrowser());
  const deps = { http, fetch: fetchThrough(dispatcher), clock, screen, dataDir: '' };
  const type = createSimulatorType();
  const open = async () => {
    const opened = await type.open({ id: 'simulator', kind: 'simulator' }, () => '', deps);
    if ('missing' in opened) throw new Error(opened.missing);
    return opened;
  };
  const [one, other] = await Promise.all([open(), open()]);
  expect(other).toBe(one);
  expect(one.description).toMatch(/^the built-in Genesys Cloud simulator at http:\/\/127\.0\.0\.1:\d+$/);
  const { signal } = new AbortController();
  expect(await one.check(signal)).toMatchObject({ ok: true });
  const prepared = one.prepare({
    popId: 'pop-1',
    idempotencyKey: 'key-1',
    userId: '3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b',
    applicationId: 'com.example.customapp',
    uri: 'https://app.example/',
    allowedOrigins: [],
    state: {},
  });
  const timing = {
    stopping: signal,
    beginCall: () => 5000,
    wait: <T>(begin: (signal: AbortSignal) => Promise<T>) => begin(signal),
    follow: <T>(begin: (signal: AbortSignal) => Promise<T>) => begin(signal),
  };
  expect(await prepared.attempt(timing)).toMatchObject({ kind: 'delivered', duplicate: false });
  // The same key once more shows nothing.
  expect(await prepared.attempt(timing)).toMatchObject({ kind: 'delivered', duplicate: true });
  await type.stop?.();
  expect(await prepared.attempt(timing)).toMatchObject({ kind: 'retry', code: 'upstream_unavailable' });
});

test('one that nobody has opened is stopped without a word', async () => {
  await expect(createSimulatorType().stop?.()).resolves.toBeUndefined();
});
