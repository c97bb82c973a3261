import { describe, expect, test } from 'vitest';
import { resultEntry } from '../../main/pipeline/record.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { reply } from './fakes.ts';
import { createWorld } from './world.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const TRIGGER = { idempotencyKey: 'k', customerData: { name: 'Ada' } };

describe('a finished key', () => {
  test.each([
    ['delivered', {}],
    ['suppressed', { phase: 'ended' }],
    ['expired', { expiresAt: '2020-01-01T00:00:00Z' }],
  ] as const)('(%s) answers again with the same bytes, and sends nothing', async (status, fields) => {
    const { send, http, log, clock } = createWorld();
    const first = await send({ ...TRIGGER, ...fields });
    const calls = http.calls.length;
    await clock.advance(5000);
    const second = await send({ ...TRIGGER, ...fields });
    expect(JSON.parse(first.body)).toMatchObject({ status, idempotencyKey: 'k' });
    expect(second).toEqual({ body: first.body, replayed: true });
    expect(first.replayed).toBe(false);
    expect(http.calls).toHaveLength(calls);
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
    await log.append(resultEntry(intent, { status: 'unknown' }, null, []), 'written');
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
