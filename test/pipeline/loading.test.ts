import { describe, expect, test } from 'vitest';
import { createFakeClock } from '../support/fake-clock.ts';
import { createFakeLog } from './fake-log.ts';
import { createWorld } from './world.ts';

/** A start whose history is not there until it is said to be. */
function startLoading() {
  const clock = createFakeClock();
  const log = createFakeLog(clock);
  const past = Promise.withResolvers<void>();
  const loaded = { ...log };
  const history: typeof log & { loading: Promise<void> | undefined } = Object.assign(log, {
    findByKey: () => {
      throw new Error('asked for too early');
    },
    entriesOf: () => {
      throw new Error('asked for too early');
    },
    callsOf: () => {
      throw new Error('asked for too early');
    },
    loading: past.promise as Promise<void> | undefined,
  });
  const load = () => {
    Object.assign(history, loaded, { loading: undefined });
    past.resolve();
  };
  return { ...createWorld({ clock, log: history }), log: history, load, refuse: past.reject };
}

describe('while the last 24 hours are being read', () => {
  test('a trigger that brings neither key nor interaction pops at once', async () => {
    const { pop } = startLoading();
    expect(await pop()).toMatchObject({ status: 'delivered' });
  });

  test('one with a key waits, and then gets the answer that was given before the start', async () => {
    const { load, log, send, http } = startLoading();
    const waiting = send({ idempotencyKey: 'k' });
    const before = createWorld({ log: createFakeLog(createFakeClock()) });
    const first = await before.send({ idempotencyKey: 'k' });
    await Promise.resolve();
    expect(http.calls).toEqual([]);
    const [, earlier] = before.log.entries;
    load();
    log.findByKey = () => earlier && { ...earlier, boot: 'an earlier one' };
    expect(await waiting).toEqual({ body: first.body, replayed: true });
  });

  test('two with one key are one pop', async () => {
    const { load, send, http } = startLoading();
    const both = [send({ idempotencyKey: 'k' }), send({ idempotencyKey: 'k' })];
    load();
    expect((await Promise.all(both)).map(({ replayed }) => replayed)).toEqual([false, true]);
    expect(http.calls).toHaveLength(1);
  });

  test('one with an interaction waits, and is not shown when that has popped just before the start', async () => {
    const { load, log, send, clock } = startLoading();
    const before = createWorld({ clock });
    await before.send({ interactionId: 'call' });
    const waiting = send({ interactionId: 'call' });
    load();
    log.entriesOf = before.log.entriesOf;
    expect(JSON.parse((await waiting).body)).toMatchObject({ status: 'suppressed', reason: 'dedupe' });
  });

  test('none waits longer than a pop may take', async () => {
    const { fail, settings } = startLoading();
    expect(settings.config.totalDeadlineMs).toBe(20_000);
    expect(await fail({ idempotencyKey: 'k' })).toMatchObject({
      code: 'audit_unavailable',
      details: { retryAfterMs: 1000 },
    });
  });

  test('those that wait are told when the log cannot be read', async () => {
    const { send, refuse, http } = startLoading();
    const waiting = send({ idempotencyKey: 'k' });
    refuse(new Error('the log cannot be read'));
    await expect(waiting).rejects.toThrow('cannot be read');
    expect(http.calls).toEqual([]);
  });
});
