import { describe, expect, test } from 'vitest';
import { screenPop } from '../../main/destinations/genesys-cloud/genesys-cloud.ts';
import { reply } from './fakes.ts';
import { createWorld, type World } from './world.ts';

const CALL = { interactionId: 'call-1' } as const;
const ringing = { ...CALL, phase: 'ringing', idempotencyKey: 'r' } as const;
const answered = { ...CALL, phase: 'answered', idempotencyKey: 'a' } as const;
const held = (reason: string) => ({ status: 'suppressed', reason });

const ARRIVED_PERHAPS = [
  ['a timeout', 'timeout'],
  ['a lost connection', 'connection'],
  ['a reply that cannot be read', reply(200, '{"windowFo')],
  ['a 503', reply(503)],
] as const;
const NEVER_ARRIVED = [
  ['no connection', 'unreachable'],
  ['a blocked address', 'blocked'],
  ['no trusted certificate', 'tls'],
  ['a 403', reply(403)],
  ['a 429', reply(429)],
] as const;

/** The answer's body, or the code of the failure. */
const outcomeOf = (sent: ReturnType<World['send']>) =>
  sent.then(
    ({ body }) => JSON.parse(body),
    ({ code }) => code,
  );

/** Ringing, which ends like that in each attempt, and answered a second later. */
async function failing(world: World, fate: (typeof ARRIVED_PERHAPS | typeof NEVER_ARRIVED)[number][1]) {
  const first = outcomeOf(world.send(ringing));
  world.http.next({ afterMs: 2000, fate });
  const isTriedAgain = fate !== 'tls' && (typeof fate === 'string' || fate.status !== 403);
  if (isTriedAgain) world.http.next(fate, fate);
  await world.clock.advance(1000);
  const second = outcomeOf(world.send(answered));
  return { first, second };
}

describe('while a pop of the call is under way', () => {
  test('nobody is told that it has popped before it has', async () => {
    const { send, http, clock } = createWorld();
    http.next({ afterMs: 300, fate: reply(204) });
    const first = send(ringing);
    let isTold = false;
    const second = send(answered).finally(() => {
      isTold = true;
    });
    await clock.advance(299);
    expect(isTold).toBe(false);
    await clock.advance(1);
    expect(JSON.parse((await first).body).status).toBe('delivered');
    expect(JSON.parse((await second).body)).toMatchObject(held('dedupe'));
    expect(http.calls).toHaveLength(1);
  });

  test('C02 three 503s for ringing, answered a second later: answered pops, under the key of ringing', async () => {
    const world = createWorld();
    const { first, second } = await failing(world, reply(503));
    await world.clock.advance(30_000);
    expect(await first).toBe('upstream_failed');
    expect(await second).toMatchObject({ status: 'delivered', idempotencyKey: 'a' });
    expect(new Set(world.sent().map(({ idempotencyKey }) => idempotencyKey))).toEqual(new Set(['r']));
    expect(world.log.story()).toEqual(['intent', 'result failed', 'intent', 'result delivered']);
  });

  test.each([...NEVER_ARRIVED, ...ARRIVED_PERHAPS])(
    'one that waits takes its place after %s, where the destination keeps keys',
    async (_name, fate) => {
      const world = createWorld();
      const { first, second } = await failing(world, fate);
      await world.clock.advance(30_000);
      expect(await first).toMatch(/^upstream_/);
      expect((await second).status).toBe('delivered');
    },
  );

  test.each(NEVER_ARRIVED)('so it does after %s where it keeps none', async (_name, fate) => {
    const world = createWorld();
    world.keepNoKeys();
    const { first, second } = await failing(world, fate);
    await world.clock.advance(30_000);
    expect(await first).toMatch(/^upstream_/);
    expect((await second).status).toBe('delivered');
  });

  test.each(ARRIVED_PERHAPS)(
    'nothing more is sent after %s where it keeps none, and everyone is told so',
    async (_name, fate) => {
      const world = createWorld();
      world.keepNoKeys();
      const { first, second } = await failing(world, fate);
      await world.clock.advance(30_000);
      expect(await first).toBe('outcome_unknown');
      expect(await second).toMatchObject(held('unknown'));
      expect(await world.pop({ ...answered, idempotencyKey: 'later' })).toMatchObject(held('unknown'));
      expect(world.http.calls).toHaveLength(1);
    },
  );

  test('so it is after a fault of our own behind the call, which may have shown it', async () => {
    const genesys = screenPop('https://api.test');
    const judge = () => {
      throw new Error('a fault of our own');
    };
    const world = createWorld({ declaration: { ...genesys, judge } });
    world.keepNoKeys();
    await expect(world.pop(ringing)).rejects.toThrow('a fault of our own');
    expect(await world.pop(answered)).toMatchObject(held('unknown'));
    expect(world.http.calls).toHaveLength(1);
  });

  test('so it stays although another destination is set meanwhile, which keeps keys', async () => {
    const world = createWorld();
    const keeping = world.settings.outlets;
    world.keepNoKeys();
    world.http.next('connection');
    expect((await world.fail(ringing)).code).toBe('outcome_unknown');
    world.settings.outlets = keeping;
    expect(await world.pop(answered)).toMatchObject(held('unknown'));
    expect(world.http.calls).toHaveLength(1);
  });

  test.each(ARRIVED_PERHAPS)(
    'so it is after %s where its settings say repeat: that is of the attempts of one pop, and a trigger says it for itself',
    async (_name, fate) => {
      const world = createWorld();
      world.keepNoKeys(true);
      world.http.next(fate, fate, fate);
      const first = outcomeOf(world.send({ ...ringing, idempotencyKey: 'k' }));
      const second = outcomeOf(world.send(answered));
      await world.clock.advance(60_000);
      const sent = world.http.calls.length;
      expect([await first, await second]).toEqual([
        'outcome_unknown',
        expect.objectContaining(held('unknown')),
      ]);
      expect(await outcomeOf(world.send({ ...ringing, idempotencyKey: 'k' }))).toBe('outcome_unknown');
      expect(await world.pop({ ...answered, idempotencyKey: 'later' })).toMatchObject(held('unknown'));
      expect(world.http.calls).toHaveLength(sent);
      expect((await world.pop({ ...answered, idempotencyKey: 'k', repeat: true })).status).toBe('delivered');
    },
  );

  test('the newest of those that wait takes over, and the others wait for it', async () => {
    const { send, http, clock, sent } = createWorld();
    http.next({ afterMs: 1000, fate: reply(403) }, { afterMs: 1000, fate: reply(204) });
    const first = outcomeOf(send(ringing));
    const second = outcomeOf(send({ ...answered, customerData: { n: '2' } }));
    const third = outcomeOf(send({ ...answered, idempotencyKey: 'b', customerData: { n: '3' } }));
    await clock.advance(1999);
    expect(http.calls).toHaveLength(2);
    await clock.advance(1);
    expect(await first).toBe('upstream_forbidden');
    expect(await third).toMatchObject({ status: 'delivered', idempotencyKey: 'b' });
    expect(await second).toMatchObject(held('dedupe'));
    expect(sent().map(({ uri }) => uri.split('#')[1])).toEqual([undefined, 'n=3']);
  });

  test('when that fails as well, the next one does: no call is without a pop while one of its triggers may pop', async () => {
    const { send, http, clock } = createWorld();
    http.next({ afterMs: 1000, fate: reply(403) }, reply(403));
    const first = outcomeOf(send(ringing));
    const second = outcomeOf(send(answered));
    const third = outcomeOf(send({ ...answered, idempotencyKey: 'b' }));
    await clock.advance(1000);
    expect([await first, (await second).status, await third]).toEqual([
      'upstream_forbidden',
      'delivered',
      'upstream_forbidden',
    ]);
  });

  test('one that is withdrawn for its expiry makes way', async () => {
    const { send, http, clock } = createWorld();
    http.next(reply(429, '', { 'retry-after': '10' }));
    const first = outcomeOf(send({ ...ringing, expiresAt: new Date(clock.now() + 3000).toISOString() }));
    const second = outcomeOf(send(answered));
    await clock.advance(10);
    expect([(await first).status, (await second).status]).toEqual(['expired', 'delivered']);
  });

  test('one that is refused, for its page or its extension, makes way', async () => {
    const { send, settings, clock } = createWorld();
    settings.framing = () =>
      new Promise((resolve) => clock.after(500, () => resolve({ rule: 'x', detail: 'y' })));
    const first = outcomeOf(send(ringing));
    const second = outcomeOf(send(answered));
    settings.framing = () => undefined;
    await clock.advance(500);
    expect([await first, (await second).status]).toEqual(['target_not_frameable', 'delivered']);
  });

  test('one whose intent cannot be written makes way', async () => {
    const { send, log, clock } = createWorld();
    let fails = true;
    log.before = async ({ type }) => {
      if (type !== 'intent' || !fails) return;
      fails = false;
      await new Promise<void>((resolve) => clock.after(500, resolve));
      throw new Error('disk full');
    };
    const first = outcomeOf(send(ringing));
    const second = outcomeOf(send(answered));
    await clock.advance(500);
    await first;
    expect((await second).status).toBe('delivered');
  });
});

describe('who waits', () => {
  test('waits no longer than its own deadline, and is told that nothing came of it', async () => {
    const { send, settings, http, clock, log } = createWorld();
    http.next('hang', 'hang');
    const first = outcomeOf(send(ringing));
    await clock.advance(1000);
    settings.config = { ...settings.config, totalDeadlineMs: 5000 };
    const second = outcomeOf(send(answered));
    await clock.advance(4999);
    expect(http.calls).toHaveLength(1);
    await clock.advance(1);
    expect(await second).toBe('upstream_timeout');
    expect(log.entries.at(-1)).toMatchObject({ status: 'failed', attempts: 0, webhooks: [] });
    await clock.advance(30_000);
    expect(await first).toBe('upstream_timeout');
  });

  test('waits no longer than it is to be shown', async () => {
    const { send, http, clock } = createWorld();
    http.next('hang');
    void send(ringing).catch(() => {});
    const second = outcomeOf(send({ ...answered, expiresAt: new Date(clock.now() + 2000).toISOString() }));
    await clock.advance(2000);
    expect((await second).status).toBe('expired');
  });

  test('and is late stands in nobody’s way: another that waits takes over', async () => {
    const { send, http, clock } = createWorld();
    http.next({ afterMs: 5000, fate: reply(403) });
    const first = outcomeOf(send(ringing));
    const second = outcomeOf(send({ ...answered, idempotencyKey: 'second' }));
    const newest = outcomeOf(send({ ...answered, expiresAt: new Date(clock.now() + 2000).toISOString() }));
    await clock.advance(5000);
    expect([await first, (await newest).status]).toEqual(['upstream_forbidden', 'expired']);
    await clock.advance(1000);
    expect((await second).status).toBe('delivered');
  });

  test('has the whole of its own time when its turn comes', async () => {
    const { send, http, clock } = createWorld();
    http.next('hang', 'hang', { afterMs: 14_000, fate: reply(204) });
    const first = outcomeOf(send(ringing));
    await clock.advance(19_000);
    const second = outcomeOf(send(answered));
    await clock.advance(1000);
    expect(await first).toBe('upstream_timeout');
    await clock.advance(14_000);
    expect((await second).status).toBe('delivered');
  });

  test('pops not when pops have been paused meanwhile', async () => {
    const { send, settings, http, clock } = createWorld();
    http.next({ afterMs: 1000, fate: reply(403) });
    void send(ringing).catch(() => {});
    const second = outcomeOf(send(answered));
    await clock.advance(500);
    settings.config = { ...settings.config, isPaused: true };
    await clock.advance(500);
    expect(await second).toMatchObject(held('paused'));
  });

  test('is told at once when poptray stops, and nothing more is sent', async () => {
    const { send, stop, http, clock, pipeline, log } = createWorld();
    http.next('hang');
    const all = [ringing, answered, { ...answered, idempotencyKey: 'b' }].map((one) => outcomeOf(send(one)));
    await clock.advance(1000);
    stop();
    await clock.advance(0);
    expect(await Promise.all(all)).toEqual(Array.from({ length: 3 }, () => 'upstream_unavailable'));
    await pipeline.idle();
    expect(http.calls).toHaveLength(1);
    expect(log.story()).toEqual(['intent', 'result failed', 'result failed', 'result failed']);
  });
});

describe('an outcome that nobody knows', () => {
  async function lost() {
    const world = createWorld();
    world.keepNoKeys();
    world.http.next('connection');
    const error = await world.fail(ringing);
    return { ...world, error };
  }

  test('is answered as that, is no failure and no delivery in the log, and webhooks hear of it', async () => {
    const { error, log } = await lost();
    expect(error).toMatchObject({
      code: 'outcome_unknown',
      details: { popId: 'pop-0-1', idempotencyKey: 'r' },
    });
    expect(log.entries.at(-1)).toMatchObject({
      status: 'unknown',
      code: 'outcome_unknown',
      success: null,
      mayHaveArrived: true,
      webhooks: ['hook'],
    });
  });

  test('is answered again for the same key, also after a restart, with nothing sent and nothing logged', async () => {
    const { fail, log, clock, http } = await lost();
    const again = { code: 'outcome_unknown', details: { popId: 'pop-0-1', idempotencyKey: 'r' } };
    expect(await fail(ringing)).toMatchObject(again);
    const restarted = createWorld({ clock, log });
    restarted.keepNoKeys();
    expect(await restarted.fail(ringing)).toMatchObject(again);
    expect([http.calls.length, restarted.http.calls.length, log.entries.length]).toEqual([1, 0, 2]);
  });

  test('is risked with repeat: true, once: then the key is finished', async () => {
    const { pop, http } = await lost();
    expect((await pop({ ...ringing, repeat: true })).status).toBe('delivered');
    expect((await pop({ ...ringing, repeat: true })).status).toBe('delivered');
    expect(http.calls).toHaveLength(2);
  });

  test('is risked with repeat: true by another trigger of the call too', async () => {
    const { pop } = await lost();
    expect(await pop(answered)).toMatchObject(held('unknown'));
    expect((await pop({ ...answered, repeat: true })).status).toBe('delivered');
    expect(await pop({ ...CALL, phase: 'answered' })).toMatchObject(held('dedupe'));
  });

  test('is one also when a crash has left it, where the destination keeps no keys', async () => {
    const { send, http, log, clock } = createWorld();
    http.next('hang');
    void send(ringing).catch(() => {});
    await clock.advance(10);
    const restarted = createWorld({ clock, log });
    restarted.keepNoKeys();
    expect(await restarted.pop(answered)).toMatchObject(held('unknown'));
  });
});
