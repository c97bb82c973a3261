import { describe, expect, test } from 'vitest';
import { resultEntry } from '../../main/pipeline/record.ts';
import type { Trigger } from '../../shared/trigger.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { createFakeLog } from './fake-log.ts';
import { reply } from './fakes.ts';
import { createWorld, type World } from './world.ts';

const ringing = { interactionId: 'call-1', phase: 'ringing', idempotencyKey: 'r' } as const;
const answered = { interactionId: 'call-1', phase: 'answered', idempotencyKey: 'a' } as const;
const ended = { interactionId: 'call-1', phase: 'ended' } as const;
const held = (reason: string) => ({ status: 'suppressed', reason });
const from = (party: string, phase: Trigger['phase']) =>
  ({ call: { from: party, direction: 'inbound' }, ...(phase && { phase }) }) as const;
const HOUR_MS = 3_600_000;

const restarted = ({ clock, log }: World) => createWorld({ clock, log });

/** The machine has started anew, and its wall clock says that so much time has passed. */
function rebooted({ clock, log }: World, ms: number): World {
  const next: FakeClock = { ...createFakeClock(clock.now() + ms), boot: 'next-boot' };
  return createWorld({ clock: next, log });
}

describe('after a restart', () => {
  test('a call that has popped does not pop again, however late it is answered', async () => {
    const world = createWorld();
    await world.pop(ringing);
    await world.clock.advance(4 * HOUR_MS - 1);
    const again = restarted(world);
    expect(await again.pop(answered)).toMatchObject(held('dedupe'));
    await world.clock.advance(4 * HOUR_MS);
    expect((await restarted(again).pop(answered)).status).toBe('delivered');
  });

  test('one that has ended shows nothing', async () => {
    const world = createWorld();
    await world.pop(ended);
    expect(await restarted(world).pop(ringing)).toMatchObject(held('ended'));
  });

  test('one whose pop failed pops, under the key that the destination knows', async () => {
    const world = createWorld();
    world.http.next(reply(503), reply(503), reply(503));
    await world.fail(ringing);
    const again = restarted(world);
    expect((await again.pop(answered)).idempotencyKey).toBe('a');
    expect(again.sent().map(({ idempotencyKey }) => idempotencyKey)).toEqual(['r']);
    expect(await restarted(world).pop(answered)).toMatchObject({ status: 'delivered' });
    expect(await restarted(world).pop(ringing)).toMatchObject(held('dedupe'));
  });

  test.each([true, false])(
    'one whose pop a crash has cut off pops under the same key (its end noted: %s)',
    async (isNoted) => {
      const world = createWorld();
      world.http.next('hang');
      void world.send(ringing).catch(() => {});
      await world.clock.advance(10);
      const [intent] = world.log.entries;
      if (!intent) throw new Error('no intent');
      const again = restarted(world);
      if (isNoted)
        await world.log.append(
          resultEntry({ ...intent, popId: intent.popId ?? '' }, { status: 'unknown' }, null, []),
          'written',
        );
      await again.pop(answered);
      expect(again.sent().map(({ idempotencyKey }) => idempotencyKey)).toEqual(['r']);
    },
  );

  test('a wish of a person is no event of the call', async () => {
    const world = createWorld();
    await world.pop({ interactionId: 'call-1', phase: 'manual' });
    expect((await restarted(world).pop(ringing)).status).toBe('delivered');
  });

  test('an unknown end counts from when the trigger came, not from when it was noted', async () => {
    const world = createWorld();
    world.http.next('hang');
    void world.send({ ...from('101', 'ringing'), idempotencyKey: 'first' }).catch(() => {});
    await world.clock.advance(10);
    const [intent] = world.log.entries;
    if (!intent) throw new Error('no intent');
    await world.clock.advance(30_000);
    const log = createFakeLog(world.clock);
    log.entries.push(intent);
    await log.append(
      resultEntry({ ...intent, popId: intent.popId ?? '' }, { status: 'unknown' }, null, []),
      'written',
    );
    const redial = createWorld({ clock: world.clock, log });
    await redial.pop(from('101', 'ringing'));
    expect(redial.sent().map(({ idempotencyKey }) => idempotencyKey)).not.toEqual(['first']);
  });
});

describe('a call without an id, after a restart,', () => {
  test('may be answered within its window, and rings anew behind it', async () => {
    const world = createWorld();
    await world.pop(from('101', 'ringing'));
    await world.clock.advance(119_000);
    expect(await restarted(world).pop(from('101', 'answered'))).toMatchObject(held('dedupe'));
    expect((await restarted(world).pop(from('101', 'ringing'))).status).toBe('delivered');
  });

  test('its repeats are repeats, counted from the last of them', async () => {
    const world = createWorld();
    await world.pop(from('101', 'ringing'));
    for (let turn = 0; turn < 3; turn += 1) {
      await world.clock.advance(9000);
      expect(await restarted(world).pop(from('101', 'ringing'))).toMatchObject(held('dedupe'));
    }
    await world.clock.advance(10_000);
    expect((await restarted(world).pop(from('101', 'ringing'))).status).toBe('delivered');
  });

  test('was rung when its trigger came, also when that had to wait for its answer', async () => {
    const world = createWorld();
    world.http.next({ afterMs: 8000, fate: reply(204) });
    const first = world.send(from('101', 'ringing'));
    await world.clock.advance(1000);
    const repeat = world.send(from('101', 'ringing'));
    await world.clock.advance(7000);
    expect(JSON.parse((await first).body).status).toBe('delivered');
    expect(JSON.parse((await repeat).body)).toMatchObject(held('dedupe'));
    await world.clock.advance(2999);
    expect(await restarted(world).pop(from('101', 'ringing'))).toMatchObject(held('dedupe'));
    const late = createWorld();
    late.http.next({ afterMs: 8000, fate: reply(204) });
    const slow = late.send(from('101', 'ringing'));
    await late.clock.advance(1000);
    void late.send(from('101', 'ringing'));
    await late.clock.advance(7000);
    await slow;
    await late.clock.advance(3000);
    expect((await restarted(late).pop(from('101', 'ringing'))).status).toBe('delivered');
  });

  test('joins an open call with one', async () => {
    const world = createWorld();
    await world.pop({ ...ringing, ...from('101', 'ringing') });
    await world.clock.advance(100_000);
    expect(await restarted(world).pop(from('101', 'answered'))).toMatchObject(held('dedupe'));
  });
});

describe('when the clock is changed', () => {
  test.each([-10 * HOUR_MS, 10 * HOUR_MS])('by %i ms, calls and their windows stay', async (jump) => {
    const world = createWorld();
    await world.pop(ringing);
    await world.pop(from('101', 'ringing'));
    world.clock.jump(jump);
    for (const now of [world, restarted(world)]) {
      expect(await now.pop(answered)).toMatchObject(held('dedupe'));
      expect(await now.pop(from('101', 'answered'))).toMatchObject(held('dedupe'));
    }
    await world.clock.advance(121_000);
    expect((await restarted(world).pop(from('101', 'answered'))).status).toBe('delivered');
  });

  test('the wall clock tells after a start of the machine; set back, it keeps a call from popping twice', async () => {
    const world = createWorld();
    await world.pop(ringing);
    expect(await rebooted(world, HOUR_MS).pop(answered)).toMatchObject(held('dedupe'));
    expect(await rebooted(world, -HOUR_MS).pop(answered)).toMatchObject(held('dedupe'));
    expect((await rebooted(world, 5 * HOUR_MS).pop(answered)).status).toBe('delivered');
  });
});

test('calls that were heard of long ago are read from the log again, and nothing of them is lost', async () => {
  const { pop, clock } = createWorld();
  await pop({ ...ringing, ...from('101', 'ringing') });
  await pop({ ...ended, interactionId: 'call-0' });
  await clock.advance(61_000);
  for (let n = 0; n < 5; n += 1) await pop({ interactionId: `other-${n}` });
  expect(await pop({ interactionId: 'call-0', phase: 'ringing' })).toMatchObject(held('ended'));
  expect(await pop(from('101', 'answered'))).toMatchObject(held('dedupe'));
  expect(await pop(answered)).toMatchObject(held('dedupe'));
});
