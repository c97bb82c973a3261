import { describe, expect, test, vi } from 'vitest';
import { createFakeClock } from '../support/fake-clock.ts';
import { manualTimers, openSimulator, POP, signature } from './client.ts';

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
      windowFocused: null,
      deliveryTimeMs: expect.any(Number),
    });
    expect(reply.json().deliveryTimeMs).toBeGreaterThan(0);
    expect(reply.json().deliveryTimeMs).toBeLessThan(5000);
  });

  test('says of the focus what its screen has measured, and null where there is none', async () => {
    const answers = [true, Promise.resolve(false), null];
    const screen = { show: () => answers.shift() ?? null, routes: async () => {} };
    const { pop, simulator } = await openSimulator({ screen });
    const focusOf = async (idempotencyKey: string) => (await pop({ idempotencyKey })).json().windowFocused;
    expect([await focusOf('a'), await focusOf('b'), await focusOf('c')]).toEqual([true, false, null]);
    expect(simulator.received.map(({ windowFocused }) => windowFocused)).toEqual([true, false, null]);
  });

  test('whose focus is still measured is shown once, and a repeat gets its reply', async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const shown: string[] = [];
    const screen = {
      show: ({ userId }: { userId: string }) => {
        shown.push(userId);
        return promise;
      },
      routes: async () => {},
    };
    const { pop, simulator } = await openSimulator({ screen });
    const [first, second] = [pop(), pop()];
    await vi.waitFor(() => expect(simulator.popCalls).toBe(2));
    expect(simulator.popsShown).toBe(0);
    resolve(true);
    const replies = await Promise.all([first, second]);
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
    expect(shown).toEqual(['agent-1']);
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
        windowFocused: null,
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
