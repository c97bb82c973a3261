import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { reply, SHOWN } from './fakes.ts';
import { createDeliveryTest } from './start-delivery.ts';

const waitFor = (seconds: number) => reply(429, '', { 'retry-after': String(seconds) });

describe('F09 an attempt', () => {
  test('that hangs ends after 15 s, the next one with what is left of 20 s', async () => {
    const { http, start, end, sentAt, endedAt } = createDeliveryTest();
    http.next('hang', 'hang');
    start({ random: () => 0 });
    const { status, error } = await end();
    expect([status, error?.code]).toEqual(['failed', 'upstream_timeout']);
    expect(http.calls.map(({ timeoutMs }) => timeoutMs)).toEqual([15_000, 5000]);
    expect(sentAt()).toEqual([0, 15_000]);
    expect(endedAt()).toBe(20_000);
  });

  test('that timed out is tried again with the same key', async () => {
    const { http, start, end } = createDeliveryTest();
    http.next('hang');
    start({ attemptTimeoutMs: 2000 });
    expect(await end()).toMatchObject({ status: 'delivered', attempts: 2 });
    expect(new Set(http.calls.map(({ body }) => body)).size).toBe(1);
  });

  test('is not begun when the deadline passed before the delivery began', async () => {
    const { http, start, end } = createDeliveryTest();
    start({ deadlineMs: -1 });
    const { attempts, error } = await end();
    expect([attempts, error?.code]).toEqual([0, 'upstream_timeout']);
    expect(http.calls).toEqual([]);
  });

  test('is not begun when the deadline passes while the token is fetched', async () => {
    const { http, tokens, start, end, endedAt } = createDeliveryTest();
    tokens.next({ afterMs: 60_000 });
    start();
    expect((await end()).error?.code).toBe('upstream_timeout');
    expect(endedAt()).toBe(20_000);
    expect(http.calls).toEqual([]);
  });
});

test('a delivery that has ended listens to nobody any more', async () => {
  const { http, tokens, start, end } = createDeliveryTest();
  const [stopping, withdrawn] = [new AbortController().signal, new AbortController().signal];
  tokens.next({ afterMs: 10 }, { afterMs: 10 });
  http.next(reply(503, ''), SHOWN);
  start({ stopping, withdrawn });
  expect((await end()).status).toBe('delivered');
  expect([stopping, withdrawn].flatMap((signal) => getEventListeners(signal, 'abort'))).toEqual([]);
});

describe('a wait', () => {
  test('F05 that would pass the deadline is not begun; the caller hears how long it is', async () => {
    const { http, start, end, endedAt } = createDeliveryTest();
    http.next(waitFor(60), SHOWN);
    start();
    const { attempts, error } = await end();
    expect([attempts, error?.code, error?.details.retryAfterMs]).toEqual([
      1,
      'upstream_rate_limited',
      60_000,
    ]);
    expect(endedAt()).toBe(0);
  });

  test('that would end at the deadline exactly is not begun either', async () => {
    const { http, start, end, endedAt } = createDeliveryTest();
    http.next(waitFor(20));
    start();
    await end();
    expect(endedAt()).toBe(0);
  });

  test('that ends just before the deadline is', async () => {
    const { http, start, end, sentAt } = createDeliveryTest();
    http.next(waitFor(19));
    start();
    expect((await end()).status).toBe('delivered');
    expect(sentAt()).toEqual([0, 19_000]);
    expect(http.calls[1]?.timeoutMs).toBe(1000);
  });
});

describe('when poptray stops', () => {
  const SOON = 1;
  async function stopped(test: ReturnType<typeof createDeliveryTest>, afterMs: number) {
    await test.clock.advance(afterMs);
    expect(test.endedAt()).toBeUndefined();
    test.stop();
    await test.clock.advance(0);
    expect(test.endedAt()).toBe(afterMs);
    expect(test.clock.pending().filter((ms) => ms <= 20_000)).toEqual([]);
    return test.end();
  }

  test('a wait ends at once, and nothing more is sent', async () => {
    const delivery = createDeliveryTest();
    delivery.http.next(waitFor(10));
    delivery.start();
    const { status, error } = await stopped(delivery, 4000);
    expect([status, error?.code]).toEqual(['failed', 'upstream_unavailable']);
    expect(error?.message).toContain('stopped');
    expect(delivery.http.calls).toHaveLength(1);
  });

  test('an attempt under way is given up', async () => {
    const delivery = createDeliveryTest();
    delivery.http.next('hang');
    delivery.start();
    expect((await stopped(delivery, SOON)).error?.code).toBe('upstream_unavailable');
  });

  test('the wait for a token is given up', async () => {
    const delivery = createDeliveryTest();
    delivery.tokens.next({ afterMs: 100_000 });
    delivery.start();
    expect((await stopped(delivery, SOON)).error?.code).toBe('upstream_unavailable');
    expect(delivery.http.calls).toEqual([]);
  });

  test('a delivery that has not begun does not begin', async () => {
    const { http, stop, start, end } = createDeliveryTest();
    stop();
    start();
    expect((await end()).error?.code).toBe('upstream_unavailable');
    expect(http.calls).toEqual([]);
  });
});

describe('a pop with an expiry', () => {
  test('that has passed is not sent', async () => {
    const { http, tokens, start, end } = createDeliveryTest();
    start({ expiresInMs: 0 });
    expect(await end()).toMatchObject({ status: 'expired', attempts: 0 });
    expect([http.calls, tokens.asked()]).toEqual([[], 0]);
  });

  test('that passes while the token is fetched is not sent', async () => {
    const { http, tokens, start, end } = createDeliveryTest();
    tokens.next({ afterMs: 5000 });
    start({ expiresInMs: 3000 });
    expect(await end()).toMatchObject({ status: 'expired', attempts: 0, tokenMs: 5000 });
    expect(http.calls).toEqual([]);
  });

  test.each([
    ['a rate limit', waitFor(5)],
    ['an unreachable host', 'unreachable'],
  ] as const)('is given up after %s that outlasts it, without the wait', async (_name, trouble) => {
    const { http, start, end, endedAt } = createDeliveryTest();
    http.next(trouble);
    start({ expiresInMs: 400 });
    expect(await end()).toMatchObject({ status: 'expired', attempts: 1, error: undefined });
    expect(endedAt()).toBe(0);
  });

  test('that a failure outlasts is given up without the wait, but not said to be expired: it may have been shown', async () => {
    const { http, start, end, endedAt } = createDeliveryTest();
    http.next(reply(503, '', { 'retry-after': '5' }));
    start({ expiresInMs: 400 });
    const { status, attempts, mayHaveArrived, error } = await end();
    expect([status, attempts, mayHaveArrived, error?.code]).toEqual(['failed', 1, true, 'upstream_failed']);
    expect(endedAt()).toBe(0);
  });

  test.each([
    ['a lost connection', 'connection', 'an unreachable host', 'unreachable'],
    ['a timeout', { afterMs: 50, fate: 'timeout' }, 'a rate limit', reply(429)],
    ['a success that cannot be read', reply(200, '{"windowFo'), 'an unreachable host', 'unreachable'],
  ] as const)('goes on past it after %s (%j) and then %s', async (_name, lost, _other, refused) => {
    const { http, start, end } = createDeliveryTest();
    http.next(lost, refused, reply(409, { windowFocused: true }));
    start({ expiresInMs: 100 });
    expect(await end()).toMatchObject({ status: 'delivered', attempts: 3, duplicate: true });
  });

  test('is still sent while it has not passed', async () => {
    const { http, start, end } = createDeliveryTest();
    http.next(waitFor(5));
    start({ expiresInMs: 5001 });
    expect(await end()).toMatchObject({ status: 'delivered', attempts: 2 });
  });

  test.each([
    ['a lost connection', 'connection'],
    ['a timeout', { afterMs: 2000, fate: 'timeout' }],
    ['a success that cannot be read', reply(200, '{"windowFo')],
  ] as const)('goes on past it after %s, which may have shown the pop', async (_name, trouble) => {
    const { http, start, end } = createDeliveryTest();
    http.next(trouble, reply(409, { windowFocused: true }));
    start({ expiresInMs: 100 });
    expect(await end()).toMatchObject({ status: 'delivered', attempts: 2, duplicate: true });
  });
});
