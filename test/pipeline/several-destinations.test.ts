/** A pop that goes to several destinations: contract §2. */
import { describe, expect, test } from 'vitest';
import type { Outlet } from '../../main/pipeline/ports.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createScripted } from './scripted-destinations.ts';
import { createWorld, type World } from './world.ts';

function setUp({
  mode,
  required = [true, true],
  keepsKeys = [true, true],
}: {
  mode?: 'all' | 'first';
  required?: boolean[];
  keepsKeys?: boolean[];
} = {}) {
  const clock = createFakeClock();
  const all = ['desk', 'crm'].map((id, index) =>
    createScripted(clock, id, { required: required[index] ?? true, keepsKeys: keepsKeys[index] ?? true }),
  );
  const [desk, crm] = all as [(typeof all)[0], (typeof all)[0]];
  const start = (log?: World['log']) => {
    const world = createWorld(log ? { clock, log } : { clock });
    world.settings.outlets = all.map(({ outlet }) => outlet);
    const applications = world.settings.config.applications.map((one) => ({ ...one, ...(mode && { mode }) }));
    world.settings.config = { ...world.settings.config, applications };
    return world;
  };
  const world = start();
  return { ...world, world, clock, desk, crm, restart: () => start(world.log) };
}

const missing = (id: string): Outlet => ({ id, required: true, missing: `not set: ${id}` });

describe('side by side', () => {
  test('is delivered when all that are required are; the time is that of the last of them', async () => {
    const { pop, desk, crm, clock } = setUp();
    desk.next(['behind', 100]);
    crm.next(['shown', 300]);
    expect(await pop()).toMatchObject({
      status: 'delivered',
      latencyMs: 300,
      windowFocused: true,
      destinations: [
        { id: 'desk', status: 'delivered', windowFocused: false, latencyMs: 100 },
        { id: 'crm', status: 'delivered', windowFocused: true, latencyMs: 300 },
      ],
    });
    expect([desk.at, crm.at]).toEqual([[clock.monotonic() - 300], [clock.monotonic() - 300]]);
  });

  test('its time does not run to one that is not required, nor does it fail without it', async () => {
    const { pop, desk, crm } = setUp({ required: [true, false] });
    desk.next(['shown', 100]);
    crm.next(['refused', 900]);
    expect(await pop()).toMatchObject({
      status: 'delivered',
      latencyMs: 100,
      destinations: [
        { id: 'desk' },
        { id: 'crm', status: 'failed', latencyMs: 900, code: 'upstream_rejected' },
      ],
    });
  });

  test('where none is required, one is enough, and the time runs to the first that has it', async () => {
    const { pop, fail, desk, crm } = setUp({ required: [false, false] });
    desk.next(['refused', 50]);
    crm.next(['unseen', 200]);
    expect(await pop()).toMatchObject({ status: 'delivered', latencyMs: 200, windowFocused: null });
    desk.next('refused');
    crm.next('unreachable');
    expect(await fail()).toMatchObject({ code: 'upstream_unavailable' });
  });

  test('fails with the code of the first required one that failed, and says how each has ended', async () => {
    const { fail, log, desk, crm } = setUp();
    desk.next(['unreachable', 10]);
    crm.next('refused');
    const error = await fail({ idempotencyKey: 'k' });
    expect([error.code, error.message.split(':')[0]]).toEqual(['upstream_unavailable', 'desk']);
    expect(error.details.destinations).toMatchObject([
      { id: 'desk', status: 'failed', code: 'upstream_unavailable' },
      { id: 'crm', status: 'failed', code: 'upstream_rejected' },
    ]);
    expect(log.story()).toEqual(['intent', 'delivery failed', 'delivery failed', 'result failed']);
    expect(log.entries.map(({ destination }) => destination)).toEqual([null, 'crm', 'desk', null]);
    expect(log.entries[3]).toMatchObject({
      attempts: 4,
      mayHaveArrived: false,
      code: 'upstream_unavailable',
    });
  });

  test('one that is missing fails as such, and keeps the others from nothing', async () => {
    const { fail, settings, crm, log } = setUp();
    settings.outlets = [missing('desk'), crm.outlet];
    const error = await fail();
    expect([error.code, error.details.popId]).toEqual(['not_configured', 'pop-0-1']);
    expect(error.details.destinations).toMatchObject([
      { id: 'desk', status: 'failed', code: 'not_configured' },
      { id: 'crm', status: 'delivered' },
    ]);
    expect(log.entries.at(-1)).toMatchObject({ status: 'failed', mayHaveArrived: true });
  });

  test('where all are missing nothing is begun', async () => {
    const { fail, settings, log } = setUp();
    settings.outlets = [missing('desk'), missing('crm')];
    const error = await fail();
    expect([error.code, error.message, error.details.popId]).toEqual([
      'not_configured',
      'not set: desk',
      undefined,
    ]);
    expect(log.entries).toEqual([]);
  });

  test('a page that one’s embedder may not frame fails there; where none may, nothing is begun', async () => {
    const { fail, settings, log, crm, desk } = setUp();
    const refusal = { rule: 'frame-ancestors', detail: 'no' };
    settings.framing = (_, destination) => (destination === 'desk' ? Promise.resolve(refusal) : undefined);
    const error = await fail();
    expect([error.code, crm.keys.length, desk.keys]).toEqual(['target_not_frameable', 1, []]);
    settings.framing = () => refusal;
    const written = log.entries.length;
    expect((await fail()).details.popId).toBeUndefined();
    expect(log.entries).toHaveLength(written);
  });
});

describe('in turn', () => {
  test('the next one is tried only when nothing can have been shown', async () => {
    const { pop, fail, desk, crm, log } = setUp({ mode: 'first' });
    expect((await pop()).destinations).toMatchObject([{ id: 'desk', status: 'delivered' }]);
    expect(crm.keys).toEqual([]);
    desk.next('unreachable');
    expect(await pop()).toMatchObject({
      status: 'delivered',
      destinations: [
        { id: 'desk', status: 'failed', code: 'upstream_unavailable' },
        { id: 'crm', status: 'delivered' },
      ],
    });
    desk.next('lost');
    const error = await fail();
    expect([error.code, error.details.destinations?.length, crm.keys.length]).toEqual([
      'upstream_failed',
      1,
      1,
    ]);
    expect(log.entries.at(-1)?.destinations?.map(({ required }) => required)).toEqual([null, null]);
  });

  test('each but the last gets its share of the time that is left', async () => {
    const { fail, desk, crm, clock } = setUp({ mode: 'first', keepsKeys: [false, false] });
    const began = clock.monotonic();
    desk.next('never');
    const error = await fail();
    expect([error.code, clock.monotonic() - began, crm.keys]).toEqual(['outcome_unknown', 10_000, []]);
  });

  test('fails with the code of the last that was tried', async () => {
    const { fail, desk, crm, settings } = setUp({ mode: 'first' });
    desk.next('unreachable', 'refused');
    crm.next('refused');
    expect((await fail()).code).toBe('upstream_rejected');
    settings.outlets = [desk.outlet, missing('crm')];
    const error = await fail();
    expect(error.code).toBe('upstream_rejected');
    expect(error.details.destinations?.map(({ code }) => code)).toEqual([
      'upstream_rejected',
      'not_configured',
    ]);
  });

  test('nothing goes on where the log cannot say that the one before has failed', async () => {
    const { fail, desk, crm, log } = setUp({ mode: 'first' });
    desk.next('refused');
    log.before = ({ type }) => {
      if (type === 'delivery') throw new Error('disk full');
    };
    expect((await fail()).code).toBe('upstream_rejected');
    expect(crm.keys).toEqual([]);
  });
});

describe('a key that is sent again', () => {
  test('calls only those that have not delivered, under the first key, and tells of all', async () => {
    const { pop, fail, restart, desk, crm } = setUp();
    crm.next('refused');
    await fail({ idempotencyKey: 'k' });
    const again = await restart().pop({ idempotencyKey: 'k' });
    expect(again).toMatchObject({ status: 'delivered', destinations: [{ id: 'desk' }, { id: 'crm' }] });
    expect([desk.keys, crm.keys]).toEqual([['k'], ['k', 'k']]);
    expect(await pop({ idempotencyKey: 'k' })).toEqual(again);
    expect([desk.keys.length, crm.keys.length]).toEqual([1, 2]);
  });

  test('sends nothing where one that keeps no keys may have shown it, but for who wants it repeated', async () => {
    const { fail, pop, desk, crm } = setUp({ keepsKeys: [true, false] });
    desk.next('refused');
    crm.next('lost');
    expect((await fail({ idempotencyKey: 'k' })).code).toBe('upstream_rejected');
    const second = await fail({ idempotencyKey: 'k' });
    expect([second.code, second.details.destinations?.map(({ status }) => status)]).toEqual([
      'outcome_unknown',
      ['delivered', 'unknown'],
    ]);
    expect((await fail({ idempotencyKey: 'k' })).code).toBe('outcome_unknown');
    expect([desk.keys.length, crm.keys.length]).toEqual([2, 1]);
    expect((await pop({ idempotencyKey: 'k', repeat: true })).status).toBe('delivered');
    expect([desk.keys.length, crm.keys.length]).toEqual([2, 2]);
  });

  test('is another payload with other destinations', async () => {
    const { pop, fail } = setUp();
    await pop({ idempotencyKey: 'k', destinations: ['desk', 'crm'] });
    expect((await fail({ idempotencyKey: 'k', destinations: ['desk'] })).code).toBe('key_reused');
    expect((await fail({ idempotencyKey: 'k' })).code).toBe('key_reused');
  });
});

describe('a trigger', () => {
  test('goes where it says, else where its application says', async () => {
    const { pop, settings, desk, crm } = setUp();
    const reply = await pop({ destinations: ['crm'] });
    expect([reply.destinations, desk.keys.length, crm.keys.length]).toEqual([undefined, 0, 1]);
    const applications = settings.config.applications.map((one) => ({ ...one, destinations: ['desk'] }));
    settings.config = { ...settings.config, applications };
    await pop();
    expect([desk.keys.length, crm.keys.length]).toEqual([1, 1]);
  });

  test('that names one which is not there is refused with a pointer and without the name', async () => {
    const { fail, log, desk } = setUp();
    const error = await fail({ destinations: ['desk', 'Mrs Miller'] });
    expect([error.code, error.details.errors?.map(({ pointer }) => pointer)]).toEqual([
      'invalid_trigger',
      ['/destinations/1'],
    ]);
    expect(JSON.stringify(error.details) + error.message).not.toContain('Miller');
    expect([log.entries, desk.keys]).toEqual([[], []]);
  });

  test('of a call that takes over is sent only where that is open, under the first one’s key', async () => {
    const { pop, fail, restart, desk, crm } = setUp();
    const call = { interactionId: 'c' };
    crm.next('lost');
    await fail({ ...call, phase: 'ringing', idempotencyKey: 'first' });
    expect((await restart().pop({ ...call, phase: 'answered', idempotencyKey: 'second' })).status).toBe(
      'delivered',
    );
    expect(desk.keys).toEqual(['first']);
    expect(new Set(crm.keys)).toEqual(new Set(['first']));
    // Its call has been delivered by now, and in memory here is what the log says.
    expect(await restart().pop({ ...call, phase: 'answered', idempotencyKey: 'third' })).toMatchObject({
      status: 'suppressed',
      reason: 'dedupe',
    });
    expect(pop).toBeDefined();
  });

  test.each([
    [true, { status: 'delivered' }, ['first', 'first']],
    [false, { status: 'suppressed', reason: 'unknown' }, ['first']],
  ])(
    'of a call that a crash cut off in turn: the one behind was not begun (first keeps keys: %s)',
    async (isKeyed, answer, keys) => {
      const { world, restart, clock, desk, crm } = setUp({ mode: 'first', keepsKeys: [isKeyed, false] });
      desk.next('never');
      void world.send({ interactionId: 'c', phase: 'ringing', idempotencyKey: 'first' }).catch(() => {});
      await clock.advance(100);
      expect(await restart().pop({ interactionId: 'c', phase: 'answered' })).toMatchObject(answer);
      expect([desk.keys, crm.keys]).toEqual([keys, []]);
    },
  );

  test('that ends the call withdraws what has not been sent: nothing was shown, or it has failed', async () => {
    const { world, pop, clock, desk, crm } = setUp();
    const call = { interactionId: 'c' };
    desk.next('limited');
    crm.next('limited');
    const waiting = world.send({ ...call, phase: 'ringing' });
    await clock.advance(100);
    await pop({ ...call, phase: 'ended' });
    expect(JSON.parse((await waiting).body)).toMatchObject({ status: 'suppressed', reason: 'ended' });

    const other = { interactionId: 'd' };
    desk.next('shown');
    crm.next('limited');
    const half = world.send({ ...other, phase: 'ringing' }).catch((error) => error);
    await clock.advance(100);
    await pop({ ...other, phase: 'ended' });
    const error = await half;
    expect([error.code, error.details.destinations.map(({ status }: { status: string }) => status)]).toEqual([
      'upstream_timeout',
      ['delivered', 'failed'],
    ]);
  });
});

test('with one destination the log has no entry more, and names it', async () => {
  const { pop, settings, desk, log } = setUp();
  settings.outlets = [desk.outlet];
  expect(Object.keys(await pop())).not.toContain('destinations');
  expect(log.story()).toEqual(['intent', 'result delivered']);
  for (const entry of log.entries)
    expect(entry).toMatchObject({
      destination: 'desk',
      destinations: null,
      endpoint: 'https://desk.test/pops',
    });
});

test('a stop ends all of them', async () => {
  const { world, clock, desk, crm } = setUp();
  desk.next('limited');
  crm.next(['shown', 50]);
  const running = world.send({ idempotencyKey: 'k' }).catch((error) => error);
  await clock.advance(60);
  world.stop();
  await clock.advance(0);
  const error = await running;
  expect([error.code, error.details.destinations.length]).toEqual(['upstream_unavailable', 2]);
});

test('one pop’s deliveries under way hold the next trigger of the call until all have ended', async () => {
  const { world, clock, desk, crm } = setUp();
  crm.next(['refused', 5000]);
  const first = world.send({ interactionId: 'c', phase: 'ringing' }).catch((error) => error.code);
  await clock.advance(100);
  const second = world.send({ interactionId: 'c', phase: 'answered' });
  await clock.advance(1000);
  expect([desk.keys.length, crm.keys.length]).toEqual([1, 1]);
  await clock.advance(5000);
  expect([await first, JSON.parse((await second).body).status]).toEqual(['upstream_rejected', 'delivered']);
  expect([desk.keys.length, crm.keys.length]).toEqual([1, 2]);
});
