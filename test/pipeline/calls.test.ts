import { describe, expect, test } from 'vitest';
import type { Trigger } from '../../shared/trigger.ts';
import { reply } from './fakes.ts';
import { createWorld, type World } from './world.ts';

const CALL = { interactionId: 'call-1' } as const;
const ringing = { ...CALL, phase: 'ringing' } as const;
const answered = { ...CALL, phase: 'answered' } as const;
const ended = { ...CALL, phase: 'ended' } as const;
const held = (reason: string) => ({ status: 'suppressed', reason, windowFocused: null });
const HOUR_MS = 3_600_000;

/** The sample application twice, under two ids. */
function twoApplications({ settings }: World): void {
  const applications = settings.config.applications.flatMap((one) => [one, { ...one, id: 'other' }]);
  settings.config = { ...settings.config, applications };
}

describe('a call with an id', () => {
  test('C01 pops once, however long it rings before it is answered', async () => {
    const { pop, http, clock } = createWorld();
    expect((await pop(ringing)).status).toBe('delivered');
    for (const seconds of [11, 30, 60, 600]) {
      await clock.advance(seconds * 1000);
      expect(await pop(answered)).toMatchObject(held('dedupe'));
    }
    expect(http.calls).toHaveLength(1);
  });

  test('is known until four hours after its last event', async () => {
    const { pop, http, clock } = createWorld();
    await pop(ringing);
    for (let turn = 0; turn < 3; turn += 1) {
      await clock.advance(4 * HOUR_MS - 1);
      expect(await pop(answered)).toMatchObject(held('dedupe'));
    }
    await clock.advance(4 * HOUR_MS);
    expect((await pop(answered)).status).toBe('delivered');
    expect(http.calls).toHaveLength(2);
  });

  test('is known for as long as is set', async () => {
    const { pop, settings, clock } = createWorld();
    settings.config = { ...settings.config, interactionLifetimeMs: 60_000 };
    await pop(ringing);
    await clock.advance(60_000);
    expect((await pop(answered)).status).toBe('delivered');
  });

  test('pops once, however different the data and keys of its triggers', async () => {
    const { pop } = createWorld();
    await pop({ ...ringing, idempotencyKey: 'a' });
    const second = await pop({ ...answered, idempotencyKey: 'b', customerData: { name: 'Ada' } });
    expect(second).toMatchObject({ ...held('dedupe'), idempotencyKey: 'b' });
  });

  test.each<[string, Partial<Trigger>]>([
    ['user', { ...ringing, userId: 'another-agent' }],
    ['application', { ...ringing, application: 'other' }],
    ['id', { ...ringing, interactionId: 'call-2' }],
    ['leg', { ...ringing, leg: '2' }],
  ])('is another one when the %s is', async (_name, other) => {
    const world = createWorld();
    twoApplications(world);
    await world.pop(ringing);
    expect((await world.pop(other)).status).toBe('delivered');
    expect(await world.pop(other)).toMatchObject(held('dedupe'));
  });

  test('has a pop for each of its legs, and one for each', async () => {
    const { pop, http } = createWorld();
    expect((await pop({ ...ringing, leg: '1' })).status).toBe('delivered');
    expect((await pop({ ...ringing, leg: '2' })).status).toBe('delivered');
    expect(await pop({ ...answered, leg: '1' })).toMatchObject(held('dedupe'));
    expect(http.calls).toHaveLength(2);
  });

  test('is the same when the application is named once and left out once', async () => {
    const { pop } = createWorld();
    await pop(ringing);
    expect(await pop({ ...answered, application: 'com.example.customapp' })).toMatchObject(held('dedupe'));
  });

  test('pops with the trigger that may, when the first one was held back by policy', async () => {
    const { pop, settings } = createWorld();
    settings.config = { ...settings.config, popPhases: ['answered'] };
    expect(await pop(ringing)).toMatchObject(held('policy'));
    expect((await pop(answered)).status).toBe('delivered');
  });

  test('that nothing tells from others pops with each trigger', async () => {
    const { pop } = createWorld();
    await pop({ phase: 'ringing' });
    expect((await pop({ phase: 'ringing' })).status).toBe('delivered');
  });
});

describe('the end of a call', () => {
  test('closes it: whatever comes for it afterwards shows nothing', async () => {
    const { pop, clock } = createWorld();
    await pop(ringing);
    expect(await pop(ended)).toMatchObject(held('policy'));
    await clock.advance(1000);
    expect(await pop(answered)).toMatchObject(held('ended'));
    expect(await pop({ ...CALL, idempotencyKey: 'new' })).toMatchObject(held('ended'));
  });

  test('that overtakes its ringing keeps that from popping', async () => {
    const { pop, http } = createWorld();
    await pop(ended);
    expect(await pop(ringing)).toMatchObject(held('ended'));
    expect(http.calls).toEqual([]);
  });

  test.each(['isPaused', 'expired'])(
    'closes it also when it shows nothing for another reason: %s',
    async (why) => {
      const { pop, settings } = createWorld();
      settings.config = { ...settings.config, isPaused: why === 'isPaused' };
      await pop({ ...ended, ...(why === 'expired' && { expiresAt: '2020-01-01T00:00:00Z' }) });
      settings.config = { ...settings.config, isPaused: false };
      expect(await pop(ringing)).toMatchObject(held('ended'));
    },
  );

  test.each(['a token', 'the log', 'a rate limit'])('withdraws a pop that waits for %s', async (what) => {
    const { send, http, tokens, log, clock } = createWorld();
    if (what === 'a token') tokens.next({ afterMs: 1000 });
    if (what === 'a rate limit') http.next(reply(429, '', { 'retry-after': '5' }));
    const slow = ({ type }: { type: string }) =>
      type === 'intent' ? new Promise<void>((resolve) => clock.after(1000, resolve)) : undefined;
    if (what === 'the log') log.before = slow;
    const pop = send({ ...ringing, idempotencyKey: 'k' });
    await clock.advance(500);
    const calls = http.calls.length;
    await send(ended);
    await clock.advance(what === 'the log' ? 500 : 0);
    expect(JSON.parse((await pop).body)).toMatchObject(held('ended'));
    await clock.advance(20_000);
    expect(http.calls).toHaveLength(calls);
    expect(log.entries.at(-1)).toMatchObject({
      status: 'suppressed',
      reason: 'ended',
      mayHaveArrived: false,
    });
  });

  test('lets a call to the destination that is under way come to its end, but not be made again', async () => {
    const { send, http, clock } = createWorld();
    http.next({ afterMs: 1000, fate: reply(429) });
    const pop = send(ringing);
    await clock.advance(500);
    await send(ended);
    await clock.advance(20_000);
    expect(JSON.parse((await pop).body)).toMatchObject(held('ended'));
    expect(http.calls).toHaveLength(1);
  });

  test('has a call that was lost cleared up in its time, neither sooner nor never', async () => {
    const { send, http, clock } = createWorld();
    http.next('connection');
    const pop = send(ringing);
    await clock.advance(100);
    await send(ended);
    // Half of the second that a lost call is waited for.
    await clock.advance(399);
    expect(http.calls).toHaveLength(1);
    await clock.advance(1);
    expect(http.calls).toHaveLength(2);
    expect(JSON.parse((await pop).body).status).toBe('delivered');
  });

  test('leaves a pop that was shown shown', async () => {
    const { send, http, clock } = createWorld();
    http.next({ afterMs: 1000, fate: reply(204) });
    const pop = send(ringing);
    await clock.advance(500);
    await send(ended);
    await clock.advance(500);
    expect(JSON.parse((await pop).body).status).toBe('delivered');
  });

  test('ends the waiting of further triggers at once', async () => {
    const { send, http, clock } = createWorld();
    http.next({ afterMs: 1000, fate: reply(403) });
    const first = expect(send(ringing)).rejects.toMatchObject({ code: 'upstream_forbidden' });
    await clock.advance(10);
    const second = send(answered);
    await send(ended);
    expect(JSON.parse((await second).body)).toMatchObject(held('ended'));
    await clock.advance(1000);
    await first;
    expect(http.calls).toHaveLength(1);
  });

  test('pops itself where the settings say so, and closes the call', async () => {
    const { pop, settings } = createWorld();
    settings.config = { ...settings.config, popPhases: ['ringing', 'ended'] };
    expect((await pop(ended)).status).toBe('delivered');
    expect(await pop(ended)).toMatchObject(held('ended'));
    expect(await pop(ringing)).toMatchObject(held('ended'));
  });

  test('with a key whose pop was delivered is heard all the same', async () => {
    const { pop } = createWorld();
    const call = { call: { from: '101' }, idempotencyKey: 'k' } as const;
    await pop({ ...call, phase: 'ringing' } as Partial<Trigger>);
    expect(await pop({ ...call, phase: 'ended' } as Partial<Trigger>)).toMatchObject({ status: 'delivered' });
    const redial = { call: { from: '101' }, phase: 'ringing' } as Partial<Trigger>;
    expect((await pop(redial)).status).toBe('delivered');
  });
});

describe('phase manual', () => {
  test('always pops, and neither opens nor closes a call', async () => {
    const { pop, http } = createWorld();
    const wish = { ...CALL, phase: 'manual' } as const;
    expect((await pop(wish)).status).toBe('delivered');
    expect((await pop(ringing)).status).toBe('delivered');
    expect((await pop(wish)).status).toBe('delivered');
    await pop(ended);
    expect((await pop(wish)).status).toBe('delivered');
    expect(await pop(answered)).toMatchObject(held('ended'));
    expect(http.calls).toHaveLength(4);
  });

  test('with a key whose pop was delivered says nothing of the call, which ends in its time', async () => {
    const { pop, clock } = createWorld();
    await pop({ ...ringing, idempotencyKey: 'k' });
    await clock.advance(4 * HOUR_MS - 1);
    expect((await pop({ ...CALL, phase: 'manual', idempotencyKey: 'k' })).status).toBe('delivered');
    await clock.advance(1);
    expect((await pop(ringing)).status).toBe('delivered');
  });

  test('has its own key at the destination, so that it is shown once', async () => {
    const { pop, sent } = createWorld();
    await pop({ ...CALL, phase: 'manual', idempotencyKey: 'w' });
    expect(sent()[0]?.idempotencyKey).toBe('w');
  });

  test('does not wait for the pop of the call', async () => {
    const { send, http, clock } = createWorld();
    http.next('hang');
    void send(ringing).catch(() => {});
    await clock.advance(10);
    const wish = await send({ ...CALL, phase: 'manual' });
    expect(JSON.parse(wish.body).status).toBe('delivered');
  });
});

test('the key at the destination is the call’s; answer and log have the trigger’s own, the log both', async () => {
  const { pop, fail, sent, http, log } = createWorld();
  http.next(reply(403));
  expect((await fail({ ...ringing, idempotencyKey: 'a' })).details.idempotencyKey).toBe('a');
  expect((await pop({ ...answered, idempotencyKey: 'b' })).idempotencyKey).toBe('b');
  expect(sent().map(({ idempotencyKey }) => idempotencyKey)).toEqual(['a', 'a']);
  const keys = log.entries.map(({ type, idempotencyKey, destinationKey }) => [
    type,
    idempotencyKey,
    destinationKey,
  ]);
  expect(keys).toEqual([
    ['intent', 'a', 'a'],
    ['result', 'a', 'a'],
    ['intent', 'b', 'a'],
    ['result', 'b', 'a'],
  ]);
});

test('what has delivered for a call is not called again, also not with the key of a trigger that had failed', async () => {
  const { pop, fail, http } = createWorld();
  http.next(reply(403));
  await fail({ ...ringing, idempotencyKey: 'a' });
  await pop({ ...answered, idempotencyKey: 'b' });
  expect(await pop({ ...ringing, idempotencyKey: 'a' })).toMatchObject(held('dedupe'));
  expect(http.calls).toHaveLength(2);
});

test('a key that showed nothing may become that of another call, and the first call then pops under one of its own', async () => {
  const { pop, http, clock, sent } = createWorld();
  http.next(reply(429, '', { 'retry-after': '10' }));
  const expiresAt = new Date(clock.now() + 500).toISOString();
  expect((await pop({ ...ringing, idempotencyKey: 'k', expiresAt })).status).toBe('expired');
  expect((await pop({ interactionId: 'call-2', idempotencyKey: 'k' })).status).toBe('delivered');
  expect((await pop({ ...answered, idempotencyKey: 'a' })).status).toBe('delivered');
  expect(sent().map(({ idempotencyKey }) => idempotencyKey)).toEqual(['k', 'k', 'a']);
});
