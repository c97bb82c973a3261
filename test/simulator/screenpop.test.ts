import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { createFakeClock } from '../support/fake-clock.ts';
import { call, manualTimers, openSimulator, POP, signature } from './client.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

describe('a screen pop', () => {
  test('is delivered, and the reply says how', async () => {
    const { pop } = await openSimulator();
    const reply = await pop();
    expect(reply.status).toBe(200);
    expect(reply.headers['content-type']).toMatch(/^application\/json/);
    expect(reply.json()).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      status: 'delivered',
      windowFocused: true,
      deliveryTimeMs: expect.any(Number),
    });
    expect(reply.json().deliveryTimeMs).toBeGreaterThan(0);
    expect(reply.json().deliveryTimeMs).toBeLessThan(5000);
  });

  test('takes the focus from uiMode: focused is true, another mode false, none unknown', async () => {
    const { pop, simulator } = await openSimulator();
    const focusOf = async (idempotencyKey: string, state: object) =>
      (await pop({ idempotencyKey, state })).json().windowFocused;
    expect(await focusOf('a', { uiMode: 'focused' })).toBe(true);
    expect(await focusOf('b', { uiMode: 'background' })).toBe(false);
    expect(await focusOf('c', { uiMode: null })).toBe(false);
    expect(await focusOf('d', { priority: 'high' })).toBeUndefined();
    expect(simulator.received.map(({ windowFocused }) => windowFocused)).toEqual([true, false, false, null]);
  });

  test('can be read back with its user, its body and its time', async () => {
    const clock = createFakeClock();
    const { pop, simulator } = await openSimulator({ clock });
    await pop({}, { userId: 'a%2Db' });
    expect(simulator.received).toEqual([
      {
        userId: 'a-b',
        applicationId: POP.applicationId,
        idempotencyKey: POP.idempotencyKey,
        time: clock.now(),
        windowFocused: true,
        body: POP,
      },
    ]);
  });

  test('is kept among the last 100, while all are counted', async () => {
    const { pop, simulator } = await openSimulator();
    for (let index = 0; index < 105; index += 1) await pop({ idempotencyKey: `key-${index}` });
    expect(simulator.received).toHaveLength(100);
    expect(simulator.received[0]?.idempotencyKey).toBe('key-5');
    expect(simulator.popsShown).toBe(105);
  });

  test('takes the latency that was asked for', async () => {
    const timers = manualTimers();
    const opening = openSimulator({ latencyMs: 40, after: timers.after });
    (await timers.next()).fire();
    const { pop, simulator } = await opening;
    const reply = pop();
    const timer = await timers.next();
    expect(timer.ms).toBe(40);
    expect(simulator.popsShown).toBe(0);
    timer.fire();
    expect((await reply).status).toBe(200);
  });
});

describe('idempotency', () => {
  test('answers a repeated key with 409 and the first reply', async () => {
    const { pop, simulator } = await openSimulator();
    const first = await pop();
    const second = await pop();
    expect(second.status).toBe(409);
    expect(second.text).toBe(first.text);
    expect(simulator.popsShown).toBe(1);
    expect(simulator.popCalls).toBe(2);
  });

  test('answers a repeated key with the first reply also when the payload is another', async () => {
    const { pop } = await openSimulator();
    const first = await pop();
    const second = await pop({ state: { uiMode: 'background' } });
    expect([second.status, second.text]).toEqual([409, first.text]);
  });

  test('shows one pop when a key comes twenty times at once', async () => {
    const { pop, simulator } = await openSimulator();
    const replies = await Promise.all(Array.from({ length: 20 }, () => pop()));
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(replies.filter(({ status }) => status === 409)).toHaveLength(19);
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
    expect(simulator.popsShown).toBe(1);
  });

  test('forgets a key after 24 hours, not a millisecond before', async () => {
    const clock = createFakeClock();
    const { pop, simulator } = await openSimulator({ clock, tokenLifetimeSeconds: 172_800 });
    await pop();
    clock.jump(DAY_MS - 1);
    expect((await pop()).status).toBe(409);
    clock.jump(1);
    expect((await pop()).status).toBe(200);
    clock.jump(DAY_MS - 1);
    expect((await pop()).status).toBe(409);
    expect(simulator.popsShown).toBe(2);
  });
});

describe('the credentials of a pop', () => {
  test('refuses a missing token with authentication.required and a challenge', async () => {
    const { pop } = await openSimulator();
    const reply = await pop({}, { headers: { authorization: undefined } });
    expect(reply.status).toBe(401);
    expect(reply.json().code).toBe('authentication.required');
    expect(reply.headers['www-authenticate']).toBe('Bearer');
  });

  test.each(['Bearer nonsense', 'Basic abc', 'Bearer'])('refuses "%s"', async (authorization) => {
    const { pop, simulator } = await openSimulator();
    expect((await pop({}, { headers: { authorization } })).status).toBe(401);
    expect(simulator.popsShown).toBe(0);
  });
});

describe('the signature', () => {
  test('is checked over the exact bytes, whitespace and all', async () => {
    const { pop } = await openSimulator();
    const bytes = `\n ${JSON.stringify({ ...POP, state: { note: 'Zoë 𝄞' } }, null, 2)} `;
    expect((await pop({}, { bytes })).status).toBe(200);
  });

  test.each([
    ['of other bytes with the same meaning', signature(JSON.stringify(POP, null, 1))],
    ['with another secret', signature(JSON.stringify(POP), 'other')],
    ['in hex', Buffer.from(signature(JSON.stringify(POP)), 'base64').toString('hex')],
    ['cut short', signature(JSON.stringify(POP)).slice(0, 20)],
  ])('is refused when it is one %s', async (_what, value) => {
    const { pop, simulator } = await openSimulator();
    const reply = await pop({}, { headers: { 'x-payload-signature': value } });
    expect(reply.status).toBe(400);
    expect(reply.json().code).toBe('invalid.signature');
    expect(simulator.popsShown).toBe(0);
  });

  test('must be there, but is not verified, when the simulator has no signing secret', async () => {
    const { pop } = await openSimulator({ signingSecret: undefined });
    expect((await pop({}, { headers: { 'x-payload-signature': undefined } })).status).toBe(400);
    expect((await pop({}, { headers: { 'x-payload-signature': 'anything' } })).status).toBe(200);
  });
});

describe('the rules of the request', () => {
  test.each([
    ['idempotency-key', undefined],
    ['idempotency-key', 'another-key'],
    ['x-payload-signature', undefined],
  ])('refuse a header %s that is %s', async (name, value) => {
    const { pop, simulator } = await openSimulator();
    const reply = await pop({}, { headers: { [name]: value } });
    expect(reply.status).toBe(400);
    expect(simulator.popsShown).toBe(0);
  });

  test.each([
    ['no application', { applicationId: undefined }],
    ['an empty application', { applicationId: '' }],
    ['no uri', { uri: undefined }],
    ['a relative uri', { uri: '/agent-view' }],
    ['a script as uri', { uri: 'javascript:alert(1)' }],
    ['no state', { state: undefined }],
    ['a list as state', { state: [] }],
    ['a field that is not in the contract', { sessionToken: 's' }],
    ['a key with a space', { idempotencyKey: 'a b' }],
    ['a key of 256 characters', { idempotencyKey: 'k'.repeat(256) }],
  ])('refuse %s', async (_what, over) => {
    const { pop, simulator } = await openSimulator();
    const reply = await pop(over);
    expect(reply.status).toBe(400);
    expect(reply.json()).toMatchObject({ status: 400, code: 'bad.request' });
    expect(simulator.popsShown).toBe(0);
  });

  test.each(['', '{', 'null', '[]', '"text"'])('refuse the body %j', async (bytes) => {
    const { pop } = await openSimulator();
    expect((await pop({}, { bytes })).status).toBe(400);
  });

  test.each(['a_b', 'a%20b', 'a%2Fb', 'u'.repeat(65)])('refuse the user id %s', async (userId) => {
    const { pop } = await openSimulator();
    expect((await pop({}, { userId })).status).toBe(400);
  });

  test('refuse another content type', async () => {
    const { pop } = await openSimulator();
    expect((await pop({}, { headers: { 'content-type': 'text/plain' } })).status).toBe(415);
  });

  test('take a body of 512,000 bytes', async () => {
    const { pop } = await openSimulator();
    const text = JSON.stringify(POP);
    const bytes = text + ' '.repeat(512_000 - Buffer.byteLength(text));
    expect((await pop({}, { bytes })).status).toBe(200);
  });

  test('refuse a body of 512,001 bytes before it is sent', async () => {
    const { baseUrl, simulator } = await openSimulator();
    const { host, port } = new URL(baseUrl);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      `POST /api/v2/users/agent-1/screenpops HTTP/1.1\r\nHost: ${host}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 512001\r\n\r\n',
    );
    let text = '';
    for await (const chunk of socket) text += chunk;
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(text).toContain('"status":413');
    expect(simulator.popsShown).toBe(0);
  });
});

describe('errors', () => {
  test('have the platform’s body, with the correlation id as context id', async () => {
    const { pop } = await openSimulator();
    const reply = await pop({}, { bytes: '{' });
    expect(reply.json()).toEqual({
      message: 'The body is not JSON',
      code: 'bad.request',
      status: 400,
      contextId: reply.headers['inin-correlation-id'],
      messageWithParams: 'The body is not JSON',
      messageParams: {},
      details: [],
      errors: [],
    });
  });

  test.each(['/', '/api/v2/users/agent-1', '/%zz', `/${'x'.repeat(500)}`])(
    'have it for %s too',
    async (path) => {
      const { baseUrl } = await openSimulator();
      const reply = await call(baseUrl + path, { method: 'GET' });
      expect([400, 404]).toContain(reply.status);
      expect(reply.json()).toMatchObject({ status: reply.status, details: [], errors: [] });
      expect(reply.json().contextId).toBe(reply.headers['inin-correlation-id']);
    },
  );

  test('never repeat what was in the body', async () => {
    const { pop } = await openSimulator();
    for (const over of [{ uri: 'no-url-s3cr3t' }, { state: 's3cr3t' }, { idempotencyKey: 's3cr3t 1' }]) {
      expect((await pop(over)).text).not.toContain('s3cr3t');
    }
  });
});

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
