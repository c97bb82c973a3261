import { describe, expect, test } from 'vitest';
import { resultEntry } from '../../main/pipeline/record.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { reply } from './fakes.ts';
import { createWorld } from './world.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const TRIGGER = { idempotencyKey: 'k', customerData: { name: 'Ada' } };

describe('a finished key', () => {
  test('answers again with the same bytes, and sends nothing', async () => {
    const { send, http, log, clock } = createWorld();
    const first = await send(TRIGGER);
    await clock.advance(5000);
    const second = await send(TRIGGER);
    expect(JSON.parse(first.body)).toMatchObject({ status: 'delivered', idempotencyKey: 'k' });
    expect(second).toEqual({ body: first.body, replayed: true });
    expect(first.replayed).toBe(false);
    expect(http.calls).toHaveLength(1);
    expect(log.entries.filter(({ type }) => type === 'result')).toHaveLength(1);
  });

  test('answers the same after a restart', async () => {
    const { send, log, clock } = createWorld();
    const first = await send(TRIGGER);
    const restarted = createWorld({ clock, log });
    expect(await restarted.send(TRIGGER)).toEqual({ body: first.body, replayed: true });
    expect(restarted.http.calls).toEqual([]);
  });

  test('does so whatever the order of the members', async () => {
    const { send } = createWorld();
    await send({ idempotencyKey: 'k', customerData: { a: '1', b: '2' }, sessionToken: 's' });
    const second = await send({ sessionToken: 's', customerData: { b: '2', a: '1' }, idempotencyKey: 'k' });
    expect(second.replayed).toBe(true);
  });

  test('F16 lives for 24 hours to the millisecond', async () => {
    const { send, http, clock } = createWorld();
    await send(TRIGGER);
    await clock.advance(DAY_MS - 1);
    expect((await send(TRIGGER)).replayed).toBe(true);
    await clock.advance(1);
    expect((await send(TRIGGER)).replayed).toBe(false);
    expect(http.calls).toHaveLength(2);
  });

  test.each([-2 * HOUR_MS, 2 * HOUR_MS])(
    'lives neither longer nor shorter when the wall clock jumps by %i ms',
    async (jump) => {
      const { send, log, clock } = createWorld();
      await send(TRIGGER);
      clock.jump(jump);
      await clock.advance(DAY_MS - 1);
      expect((await createWorld({ clock, log }).send(TRIGGER)).replayed).toBe(true);
      await clock.advance(1);
      expect((await send(TRIGGER)).replayed).toBe(false);
    },
  );

  test('is dated by the wall clock after a start of the machine', async () => {
    const { send, log, clock } = createWorld();
    await send(TRIGGER);
    const bootedAt = (ms: number) => ({ ...createFakeClock(clock.now() + ms), boot: 'next-boot' });
    const earlier = createWorld({ clock: bootedAt(-HOUR_MS), log });
    expect((await earlier.send(TRIGGER)).replayed).toBe(true);
    const before = createWorld({ clock: bootedAt(DAY_MS - 1), log });
    expect((await before.send(TRIGGER)).replayed).toBe(true);
    const after = createWorld({ clock: bootedAt(DAY_MS), log });
    expect((await after.send(TRIGGER)).replayed).toBe(false);
  });
});

describe('what showed nothing uses no key up', () => {
  test.each([
    ['suppressed', { phase: 'ended' }],
    ['expired', { expiresAt: '2020-01-01T00:00:00Z' }],
  ] as const)(
    '(%s): the key is free, for another payload too, also after a restart',
    async (status, fields) => {
      const { pop, log, clock, http } = createWorld();
      expect((await pop({ ...TRIGGER, ...fields })).status).toBe(status);
      expect((await pop({ ...TRIGGER, ...fields, customerData: { name: 'Grace' } })).status).toBe(status);
      expect(http.calls).toEqual([]);
      const restarted = createWorld({ clock, log });
      expect(await restarted.pop(TRIGGER)).toMatchObject({ status: 'delivered', idempotencyKey: 'k' });
    },
  );

  test('C03 a call’s id as the key of all its hooks: the phase that pops does, though another came before it', async () => {
    const { pop, settings, http } = createWorld();
    settings.config = { ...settings.config, popPhases: ['answered', 'manual'] };
    const call = { idempotencyKey: 'call-1', interactionId: 'call-1' };
    expect(await pop({ ...call, phase: 'ringing' })).toMatchObject({
      status: 'suppressed',
      reason: 'policy',
    });
    expect((await pop({ ...call, phase: 'answered' })).status).toBe('delivered');
    expect(http.calls).toHaveLength(1);
  });

  test('it leaves what the key did before: a failed pop keeps it from other payloads', async () => {
    const { pop, fail, http } = createWorld();
    http.next(reply(403));
    await fail(TRIGGER);
    await pop({ ...TRIGGER, phase: 'ended' });
    expect((await fail({ ...TRIGGER, customerData: { name: 'Grace' } })).code).toBe('key_reused');
  });
});

describe('the payload of a key is what would be shown', () => {
  test.each([
    ['phase', { phase: 'answered' }],
    ['expiresAt', { expiresAt: '2099-01-01T00:00:00Z' }],
    ['client', { client: { browser: 'Firefox' } }],
    ['repeat', { repeat: true }],
  ] as const)('and not its %s', async (_name, fields) => {
    const { send, http } = createWorld();
    const first = await send(TRIGGER);
    expect(await send({ ...TRIGGER, ...fields })).toEqual({ body: first.body, replayed: true });
    expect(http.calls).toHaveLength(1);
  });

  test.each([
    ['userId', { userId: 'another' }],
    ['application', { application: 'com.example.customapp' }],
    ['call', { call: { from: '101', direction: 'inbound' } }],
    ['customerData', { customerData: { name: 'Grace' } }],
    ['sessionToken', { sessionToken: 's' }],
    ['state', { state: { a: 1 } }],
    ['interactionId', { interactionId: 'call-1' }],
    ['leg', { leg: '1' }],
  ] as const)('so that another %s is another payload', async (_name, fields) => {
    const { send, fail } = createWorld();
    await send(TRIGGER);
    expect((await fail({ ...TRIGGER, ...fields })).code).toBe('key_reused');
  });
});

describe('a running key', () => {
  test('F14 is joined: everyone gets the one answer', async () => {
    const { send, http, log, clock } = createWorld();
    http.next({ afterMs: 300, fate: reply(204) });
    const answers = Promise.all([send(TRIGGER), send(TRIGGER), send(TRIGGER)]);
    await clock.advance(300);
    const [first, second, third] = await answers;
    expect(second).toEqual({ body: first.body, replayed: true });
    expect(third).toEqual(second);
    expect(http.calls).toHaveLength(1);
    expect(log.story()).toEqual(['intent', 'result delivered']);
  });

  test('F15 is joined by ten thousand at once: one call, ten thousand equal answers, one entry', async () => {
    const { send, http, log, clock } = createWorld();
    http.next({ afterMs: 300, fate: reply(204) });
    const all = Promise.all(Array.from({ length: 10_000 }, () => send(TRIGGER)));
    await clock.advance(300);
    const answers = await all;
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(http.calls).toHaveLength(1);
    expect(log.story()).toEqual(['intent', 'result delivered']);
  });

  test('is joined by no more than ten thousand: the next one is told to come back', async () => {
    const { send, http, clock } = createWorld();
    http.next({ afterMs: 300, fate: reply(204) });
    const all = Promise.allSettled(Array.from({ length: 10_002 }, () => send(TRIGGER)));
    await clock.advance(300);
    const outcomes = await all;
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused.map(({ reason }) => [reason.code, reason.details.retryAfterMs])).toEqual([
      ['in_progress', 1000],
    ]);
    expect(outcomes.at(-1)?.status).toBe('rejected');
    expect((await send(TRIGGER)).replayed).toBe(true);
  });

  test('with another phase is a further trigger of the call: it waits, and is told that the call has popped', async () => {
    const { send, http, clock } = createWorld();
    http.next({ afterMs: 300, fate: reply(204) });
    const first = send({ ...TRIGGER, phase: 'ringing' });
    const second = send({ ...TRIGGER, phase: 'answered' });
    const again = send({ ...TRIGGER, phase: 'answered' });
    await clock.advance(300);
    expect(JSON.parse((await first).body).status).toBe('delivered');
    expect(JSON.parse((await second).body)).toMatchObject({ reason: 'dedupe', idempotencyKey: 'k' });
    expect(await again).toEqual({ body: (await second).body, replayed: true });
    expect(http.calls).toHaveLength(1);
  });

  test('with another phase takes its place when it fails, under the same key', async () => {
    const { send, http, clock, sent } = createWorld();
    http.next({ afterMs: 300, fate: reply(403) });
    const first = expect(send({ ...TRIGGER, phase: 'ringing' })).rejects.toMatchObject({
      code: 'upstream_forbidden',
    });
    const second = send({ ...TRIGGER, phase: 'answered' });
    await clock.advance(300);
    await first;
    expect(JSON.parse((await second).body).status).toBe('delivered');
    expect(sent().map(({ idempotencyKey }) => idempotencyKey)).toEqual(['k', 'k']);
  });

  test('with the phase of its end withdraws what has not been sent', async () => {
    const { send, http, tokens, clock } = createWorld();
    tokens.next({ afterMs: 300 });
    const first = send({ ...TRIGGER, phase: 'ringing' });
    await clock.advance(100);
    await send({ ...TRIGGER, phase: 'ended' });
    await clock.advance(300);
    expect(JSON.parse((await first).body)).toMatchObject({ status: 'suppressed', reason: 'ended' });
    expect(http.calls).toEqual([]);
  });

  test('of a person’s wish pops all the same, with a key of its own at the destination', async () => {
    const { send, http, clock, sent } = createWorld();
    http.next({ afterMs: 300, fate: reply(204) });
    const first = send({ ...TRIGGER, phase: 'ringing' });
    await clock.advance(100);
    const wish = await send({ ...TRIGGER, phase: 'manual' });
    expect(JSON.parse(wish.body)).toMatchObject({ status: 'delivered', idempotencyKey: 'k' });
    await clock.advance(300);
    expect(JSON.parse((await first).body).status).toBe('delivered');
    const [key, other] = sent().map(({ idempotencyKey }) => idempotencyKey);
    expect(key).toBe('k');
    expect(other).not.toBe('k');
  });

  test('that fails, fails for everyone who joined', async () => {
    const { send, http, clock } = createWorld();
    http.next({ afterMs: 300, fate: reply(403) });
    const all = Promise.allSettled([send(TRIGGER), send(TRIGGER)]);
    await clock.advance(300);
    expect(await all).toMatchObject([
      { reason: { code: 'upstream_forbidden', details: { popId: 'pop-0-1' } } },
      { reason: { code: 'upstream_forbidden', details: { popId: 'pop-0-1' } } },
    ]);
    expect(http.calls).toHaveLength(1);
  });
});

describe('F13 a key that was used for another trigger', () => {
  const OTHER = { ...TRIGGER, customerData: { name: 'Grace' } };

  test('is refused while the first one runs, and the first one goes on', async () => {
    const { send, http, clock, sent } = createWorld();
    http.next({ afterMs: 300, fate: reply(204) });
    const first = send(TRIGGER);
    await expect(send(OTHER)).rejects.toMatchObject({ code: 'key_reused' });
    await clock.advance(300);
    expect(JSON.parse((await first).body).status).toBe('delivered');
    expect(sent().map(({ uri }) => uri.split('=')[1])).toEqual(['Ada']);
  });

  test.each([
    ['was delivered', reply(204)],
    ['failed', reply(403)],
  ])('is refused when the first one %s, and its answer stays', async (_name, fate) => {
    const { send, http, log } = createWorld();
    http.next(fate);
    const first = await send(TRIGGER).catch(({ code }) => code);
    await expect(send(OTHER)).rejects.toMatchObject({ code: 'key_reused' });
    expect(log.entries).toHaveLength(2);
    http.next(fate);
    const again = await send(TRIGGER).catch(({ code }) => code);
    expect(again.body).toBe(first.body);
  });

  test('may be used again after 24 hours', async () => {
    const { send, clock } = createWorld();
    await send(TRIGGER);
    await clock.advance(DAY_MS);
    expect((await send(OTHER)).replayed).toBe(false);
  });
});

describe('a key without an answer', () => {
  test('because its pop failed may be sent again, with the same key to the destination', async () => {
    const { fail, pop, sent, http, log } = createWorld();
    http.next(reply(403));
    await fail(TRIGGER);
    http.next(reply(409, { windowFocused: true }));
    expect(await pop(TRIGGER)).toMatchObject({ status: 'delivered', duplicate: true, popId: 'pop-0-2' });
    expect(sent().map(({ idempotencyKey }) => idempotencyKey)).toEqual(['k', 'k']);
    expect(log.story()).toEqual(['intent', 'result failed', 'intent', 'result delivered']);
  });

  test('because poptray was killed may be sent again, with the same key to the destination', async () => {
    const { send, log, http, clock } = createWorld();
    http.next('hang');
    void send(TRIGGER).catch(() => {});
    await clock.advance(10);
    const [intent] = log.entries;
    if (!intent) throw new Error('no intent');
    const restarted = createWorld({ clock, log });
    await log.append(
      resultEntry({ ...intent, popId: intent.popId ?? '' }, { status: 'unknown' }, null, []),
      'written',
    );
    expect((await restarted.pop(TRIGGER)).status).toBe('delivered');
    expect(restarted.sent()[0]?.idempotencyKey).toBe('k');
  });

  test('because its trigger was refused is still free', async () => {
    const { fail, pop, log } = createWorld();
    expect((await fail({ ...TRIGGER, application: 'nobody' })).code).toBe('target_not_allowed');
    expect(log.entries).toEqual([]);
    expect((await pop({ ...TRIGGER, customerData: { name: 'Grace' } })).status).toBe('delivered');
  });

  test('because the log could not be written is still free', async () => {
    const { send, pop, log } = createWorld();
    const { before } = log;
    log.before = () => Promise.reject(new Error('disk full'));
    await expect(send(TRIGGER)).rejects.toThrow('disk full');
    log.before = before;
    expect((await pop({ idempotencyKey: 'k' })).status).toBe('delivered');
  });
});

test('triggers without a key are pops of their own', async () => {
  const { pop, http } = createWorld();
  const keys = [await pop(), await pop()].map(({ idempotencyKey }) => idempotencyKey);
  expect(new Set(keys).size).toBe(2);
  expect(http.calls).toHaveLength(2);
});
