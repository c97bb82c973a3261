import { getEventListeners } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import type { AccessToken } from '../../main/destinations/oauth/client-credentials.ts';
import { createTokenCache } from '../../main/destinations/oauth/token-cache.ts';
import { TokenFailure } from '../../main/destinations/oauth/token-source.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const never = new AbortController().signal;

/** A cache over a token endpoint whose every answer the test gives. */
function startCache() {
  const clock = createFakeClock();
  const asked: PromiseWithResolvers<AccessToken>[] = [];
  const cache = createTokenCache(() => {
    const answer = Promise.withResolvers<AccessToken>();
    asked.push(answer);
    return answer.promise;
  }, clock);
  return {
    clock,
    cache,
    calls: () => asked.length,
    grant: (value: string, lifetimeMs = 3_600_000) => asked.at(-1)?.resolve({ value, lifetimeMs }),
    refuse: (error: unknown) => asked.at(-1)?.reject(error),
  };
}

describe('the token cache', () => {
  test('asks once for fifty who wait, and not at all for who comes later', async () => {
    const { cache, calls, grant } = startCache();
    const waiting = Array.from({ length: 50 }, () => cache.get(never));
    grant('t1');
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['t1']));
    expect(await cache.get(never)).toBe('t1');
    expect(calls()).toBe(1);
  });

  test('renews a token thirty seconds before it ends, with one call for all', async () => {
    const { cache, calls, grant, clock } = startCache();
    const first = cache.get(never);
    grant('t1', 300_000);
    await first;
    await clock.advance(269_999);
    expect(await cache.get(never)).toBe('t1');
    expect(calls()).toBe(1);
    await clock.advance(1);
    const waiting = Array.from({ length: 50 }, () => cache.get(never));
    expect(calls()).toBe(2);
    grant('t2', 300_000);
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['t2']));
  });

  test('counts the life of a token from the question, not from a late answer', async () => {
    const { cache, calls, grant, clock } = startCache();
    const first = cache.get(never);
    await clock.advance(9000);
    grant('t1', 300_000);
    await first;
    await clock.advance(260_999);
    await cache.get(never);
    expect(calls()).toBe(1);
    await clock.advance(1);
    void cache.get(never);
    expect(calls()).toBe(2);
  });

  test('F31 renews a token that ended while the machine slept before anybody uses it', async () => {
    const { cache, clock, calls, grant } = startCache();
    const first = cache.get(never);
    grant('t1', 3_600_000);
    await first;
    clock.suspend(600_000);
    expect([cache.current(), calls()]).toEqual(['t1', 1]);
    clock.suspend(3_000_000);
    expect(cache.current()).toBeUndefined();
    const second = cache.get(never);
    grant('t2');
    expect([await second, calls()]).toEqual(['t2', 2]);
  });

  test('does not notice a change of the wall clock', async () => {
    const { cache, calls, grant, clock } = startCache();
    const first = cache.get(never);
    grant('t1', 300_000);
    await first;
    for (const jump of [7_200_000, -14_400_000]) {
      clock.jump(jump);
      expect(await cache.get(never)).toBe('t1');
    }
    expect(calls()).toBe(1);
  });

  test.each([
    [60_000, 30_000],
    [30_000, 15_000],
    [10_000, 5000],
  ])('uses a token that lives for %s ms for half of that', async (lifetimeMs, usedForMs) => {
    const { cache, calls, grant, clock } = startCache();
    const first = cache.get(never);
    grant('t1', lifetimeMs);
    await first;
    await clock.advance(usedForMs - 1);
    await cache.get(never);
    expect(calls()).toBe(1);
    await clock.advance(1);
    void cache.get(never);
    expect(calls()).toBe(2);
  });

  test('ends the wait of a caller that gives up, and fetches on for the others', async () => {
    const { cache, calls, grant } = startCache();
    const impatient = new AbortController();
    const left = cache.get(impatient.signal);
    const stayed = cache.get(never);
    impatient.abort();
    await expect(left).rejects.toMatchObject({
      name: 'TokenFailure',
      code: 'upstream_timeout',
      retryable: true,
    });
    grant('t1');
    expect(await stayed).toBe('t1');
    expect(await cache.get(never)).toBe('t1');
    expect(calls()).toBe(1);
  });

  test('leaves nothing behind at a caller that has its token', async () => {
    const { cache, grant } = startCache();
    const { signal } = new AbortController();
    const waiting = cache.get(signal);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    grant('t1');
    await waiting;
    await vi.waitFor(() => expect(getEventListeners(signal, 'abort')).toEqual([]));
  });

  test('has none to drop before the first', async () => {
    const { cache, calls } = startCache();
    cache.invalidate('t0');
    expect([cache.current(), calls()]).toEqual([undefined, 0]);
  });

  test('keeps the token although the only caller has left', async () => {
    const { cache, calls, grant } = startCache();
    const impatient = new AbortController();
    const left = cache.get(impatient.signal);
    impatient.abort();
    await expect(left).rejects.toThrow(TokenFailure);
    grant('t1');
    expect(await cache.get(never)).toBe('t1');
    expect(calls()).toBe(1);
  });

  test('does not wait at all for a caller that has given up before', async () => {
    const { cache } = startCache();
    await expect(cache.get(AbortSignal.abort())).rejects.toMatchObject({ code: 'upstream_timeout' });
  });

  test('drops the token that was refused, and no other', async () => {
    const { cache, calls, grant } = startCache();
    const first = cache.get(never);
    grant('t1');
    await first;
    cache.invalidate('t1');
    const second = cache.get(never);
    grant('t2');
    expect(await second).toBe('t2');
    // A slower pop hears only now that t1 was refused.
    cache.invalidate('t1');
    expect(await cache.get(never)).toBe('t2');
    expect(calls()).toBe(2);
  });

  test('tells all who wait of a failure, keeps none of it, and asks anew', async () => {
    const { cache, calls, grant, refuse } = startCache();
    const failure = new TokenFailure('upstream_failed', true);
    const waiting = Array.from({ length: 3 }, () => cache.get(never));
    refuse(failure);
    for (const outcome of await Promise.allSettled(waiting))
      expect(outcome).toMatchObject({ reason: failure });
    const again = cache.get(never);
    grant('t1');
    expect(await again).toBe('t1');
    expect(calls()).toBe(2);
  });
});
