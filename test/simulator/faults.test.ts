import { describe, expect, test } from 'vitest';
import { manualTimers, openSimulator } from './client.ts';

describe('a fault of a screen pop', () => {
  test('rate-limited gives 429 with the seconds in header and message', async () => {
    const { pop, simulator } = await openSimulator();
    simulator.addFault({ kind: 'rate-limited', retryAfter: 7 });
    const reply = await pop();
    expect(reply.status).toBe(429);
    expect(reply.headers['retry-after']).toBe('7');
    expect(reply.json()).toMatchObject({
      message: 'Rate limit exceeded the maximum. Retry the request in [7] seconds',
      code: 'too.many.requests',
      limit: { value: 300 },
    });
    expect(simulator.popsShown).toBe(0);
  });

  test('rate-limited gives the date that was asked for', async () => {
    const { pop, simulator } = await openSimulator();
    const retryAfter = 'Mon, 23 Nov 2026 12:00:05 GMT';
    simulator.addFault({ kind: 'rate-limited', retryAfter });
    expect((await pop()).headers['retry-after']).toBe(retryAfter);
  });

  test('rate-limited gives no hint at all when none was asked for', async () => {
    const { pop, simulator } = await openSimulator();
    simulator.addFault({ kind: 'rate-limited' });
    const reply = await pop();
    expect(reply.headers).not.toHaveProperty('retry-after');
    expect(reply.headers).not.toHaveProperty('inin-ratelimit-reset');
    expect(reply.json().message).toBe('Rate limit exceeded the maximum.');
  });

  test('rate-limited gives the seconds in the message alone', async () => {
    const { pop, simulator } = await openSimulator();
    simulator.addFault({ kind: 'rate-limited', messageSeconds: 4 });
    const reply = await pop();
    expect(reply.headers).not.toHaveProperty('retry-after');
    expect(reply.json().message).toMatch(/Retry the request in \[4\] seconds$/);
  });

  test('server-error gives the status that was asked for, 503 if none', async () => {
    const { pop, simulator } = await openSimulator();
    simulator.addFault({ kind: 'server-error' });
    simulator.addFault({ kind: 'server-error', status: 500, retryAfter: 2 });
    simulator.addFault({ kind: 'server-error', status: 599 });
    expect((await pop()).json()).toMatchObject({ status: 503, code: 'service.unavailable' });
    const second = await pop();
    expect([second.status, second.headers['retry-after']]).toEqual([500, '2']);
    expect((await pop()).status).toBe(599);
    expect(simulator.popsShown).toBe(0);
  });

  test('unauthorized gives 401 and forbidden 403, and nothing is shown', async () => {
    const { pop, simulator } = await openSimulator();
    simulator.addFault({ kind: 'unauthorized' });
    simulator.addFault({ kind: 'forbidden' });
    expect((await pop()).json()).toMatchObject({ status: 401, code: 'bad.credentials' });
    expect((await pop()).json()).toMatchObject({ status: 403, code: 'missing.any.permissions' });
    expect(simulator.popsShown).toBe(0);
  });

  test('conflict gives 409 as if an earlier call had shown the pop', async () => {
    const { pop, simulator } = await openSimulator();
    simulator.addFault({ kind: 'conflict' });
    const first = await pop();
    expect([first.status, first.json().windowFocused]).toEqual([409, null]);
    const second = await pop();
    expect([second.status, second.text]).toEqual([409, first.text]);
    expect(simulator.popsShown).toBe(1);
  });

  test('no-content gives 204, and the pop counts as shown', async () => {
    const { pop, simulator } = await openSimulator();
    simulator.addFault({ kind: 'no-content' });
    const reply = await pop();
    expect([reply.status, reply.text]).toEqual([204, '']);
    expect(simulator.popsShown).toBe(1);
    expect((await pop()).status).toBe(409);
  });

  test('slow shows the pop at once and holds the normal reply', async () => {
    const timers = manualTimers();
    const { pop, simulator } = await openSimulator({ after: timers.after });
    simulator.addFault({ kind: 'slow', delayMs: 90_000 });
    const held = pop();
    const timer = await timers.next();
    expect(timer.ms).toBe(90_000);
    const repeat = await pop();
    expect(repeat.status).toBe(409);
    timer.fire();
    const reply = await held;
    expect([reply.status, reply.text]).toEqual([200, repeat.text]);
    expect(simulator.popsShown).toBe(1);
  });

  test('slow keeps to the real time by itself', async () => {
    const { pop, simulator } = await openSimulator();
    simulator.addFault({ kind: 'slow', delayMs: 30 });
    const began = performance.now();
    expect((await pop()).status).toBe(200);
    // Timers may fire up to a millisecond early.
    expect(performance.now() - began).toBeGreaterThanOrEqual(29);
  });

  test('reset breaks the connection before the pop is shown', async () => {
    const { pop, simulator } = await openSimulator();
    simulator.addFault({ kind: 'reset' });
    await expect(pop()).rejects.toThrow();
    expect(simulator.popsShown).toBe(0);
    expect((await pop()).status).toBe(200);
  });

  test('reset breaks the connection after the pop was shown', async () => {
    const { pop, simulator } = await openSimulator();
    simulator.addFault({ kind: 'reset', when: 'after' });
    await expect(pop()).rejects.toThrow();
    expect(simulator.popsShown).toBe(1);
    expect((await pop()).status).toBe(409);
  });

  test('truncated gives 200 with JSON that ends too soon, and the pop counts as shown', async () => {
    const { pop, simulator } = await openSimulator();
    simulator.addFault({ kind: 'truncated' });
    const reply = await pop();
    expect(reply.status).toBe(200);
    expect(reply.headers['content-type']).toMatch(/^application\/json/);
    expect(reply.json).toThrow(SyntaxError);
    const repeat = await pop();
    expect(repeat.status).toBe(409);
    expect(repeat.text.startsWith(reply.text)).toBe(true);
    expect(simulator.popsShown).toBe(1);
  });

  test('not-json gives 200 with a page, and nothing is shown', async () => {
    const { pop, simulator } = await openSimulator();
    simulator.addFault({ kind: 'not-json' });
    const reply = await pop();
    expect([reply.status, reply.headers['content-type']]).toEqual([200, expect.stringMatching('text/html')]);
    expect(reply.json).toThrow(SyntaxError);
    expect(simulator.popsShown).toBe(0);
  });

  test('keeps the platform’s headers', async () => {
    const { pop, simulator } = await openSimulator();
    simulator.addFault({ kind: 'server-error' });
    const { headers } = await pop();
    expect(headers['inin-correlation-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers['inin-ratelimit-count']).toBe('1');
  });
});

describe('a fault of the token endpoint', () => {
  test('leaves screen pops alone', async () => {
    const { pop, askToken, simulator } = await openSimulator();
    simulator.addFault({ on: 'token', kind: 'server-error' });
    expect((await pop()).status).toBe(200);
    expect((await askToken()).status).toBe(503);
    expect((await askToken()).status).toBe(200);
  });

  test('unauthorized and forbidden have the bodies of OAuth', async () => {
    const { askToken, simulator } = await openSimulator();
    simulator.addFault({ on: 'token', kind: 'unauthorized' });
    simulator.addFault({ on: 'token', kind: 'forbidden' });
    const refused = await askToken();
    expect([refused.status, refused.json().error]).toEqual([401, 'invalid_client']);
    expect(refused.headers['www-authenticate']).toMatch(/^Basic/);
    const forbidden = await askToken();
    expect([forbidden.status, forbidden.json().error]).toEqual([403, 'access_denied']);
  });

  test('rate-limited, truncated, not-json and reset do what they do to pops', async () => {
    const { askToken, simulator } = await openSimulator();
    simulator.addFault({ on: 'token', kind: 'rate-limited', retryAfter: 3 });
    simulator.addFault({ on: 'token', kind: 'truncated' });
    simulator.addFault({ on: 'token', kind: 'not-json' });
    simulator.addFault({ on: 'token', kind: 'reset' });
    expect((await askToken()).headers['retry-after']).toBe('3');
    expect((await askToken()).json).toThrow(SyntaxError);
    expect((await askToken()).headers['content-type']).toMatch('text/html');
    await expect(askToken()).rejects.toThrow();
  });

  test('slow holds the token', async () => {
    const timers = manualTimers();
    const { askToken, simulator } = await openSimulator({ after: timers.after });
    simulator.addFault({ on: 'token', kind: 'slow', delayMs: 1234 });
    const held = askToken();
    const timer = await timers.next();
    expect(timer.ms).toBe(1234);
    timer.fire();
    expect((await held).status).toBe(200);
  });
});
