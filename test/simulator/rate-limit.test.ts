import { describe, expect, test } from 'vitest';
import { createFakeClock } from '../support/fake-clock.ts';
import { openSimulator } from './client.ts';

describe('the rate limit', () => {
  const limits = ({ headers }: { headers: Record<string, unknown> }) =>
    ['count', 'allowed', 'reset'].map((name) => headers[`inin-ratelimit-${name}`]);

  test('is told in every reply of the API', async () => {
    const clock = createFakeClock();
    const { pop } = await openSimulator({ clock });
    expect(limits(await pop())).toEqual(['1', '300', '60']);
    clock.jump(20_500);
    expect(limits(await pop())).toEqual(['2', '300', '40']);
    expect(limits(await pop({}, { bytes: '{' }))).toEqual(['3', '300', '40']);
  });

  test('answers the call over it with 429, the seconds, and the limit', async () => {
    const clock = createFakeClock();
    const { pop, simulator } = await openSimulator({ clock, rateLimitPerMinute: 2 });
    await pop({ idempotencyKey: 'a' });
    await pop({ idempotencyKey: 'b' });
    clock.jump(15_000);
    const reply = await pop({ idempotencyKey: 'c' });
    expect(reply.status).toBe(429);
    expect(reply.headers['retry-after']).toBe('45');
    expect(limits(reply)).toEqual(['3', '2', '45']);
    expect(reply.json()).toMatchObject({
      code: 'too.many.requests',
      status: 429,
      message: 'Rate limit exceeded the maximum. Retry the request in [45] seconds',
      messageWithParams: 'Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds',
      messageParams: { seconds: '45' },
      limit: { key: 'token.rate.per.minute', namespace: 'platform.api', value: 2 },
    });
    expect(simulator.popsShown).toBe(2);
    clock.jump(45_000);
    expect((await pop({ idempotencyKey: 'c' })).status).toBe(200);
  });

  test('is each token’s own', async () => {
    const { pop, newToken } = await openSimulator({ rateLimitPerMinute: 1 });
    await pop({ idempotencyKey: 'a' });
    expect((await pop({ idempotencyKey: 'b' })).status).toBe(429);
    const headers = { authorization: `Bearer ${await newToken()}` };
    expect((await pop({ idempotencyKey: 'b' }, { headers })).status).toBe(200);
  });

  test('does not lock a token out when the clock is set back', async () => {
    const clock = createFakeClock();
    const { pop } = await openSimulator({ clock, rateLimitPerMinute: 1 });
    await pop();
    clock.jump(-3_600_000);
    expect(limits(await pop())).toEqual(['1', '1', '60']);
  });

  test.each([0, Infinity])('is off at %s', async (rateLimitPerMinute) => {
    const { pop } = await openSimulator({ rateLimitPerMinute });
    expect(limits(await pop())).toEqual([undefined, undefined, undefined]);
  });
});
