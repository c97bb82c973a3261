import { describe, expect, test } from 'vitest';
import { reply } from './fakes.ts';
import { createWorld } from './world.ts';

const CALL = { interactionId: 'call-1' };
const DEDUPED = { status: 'suppressed', reason: 'dedupe', windowFocused: null };

describe('two pops for one call', () => {
  test('are one inside 10 s, and two from then on', async () => {
    const { pop, http, clock } = createWorld();
    expect((await pop(CALL)).status).toBe('delivered');
    await clock.advance(9999);
    expect(await pop(CALL)).toMatchObject(DEDUPED);
    expect(http.calls).toHaveLength(1);
    await clock.advance(1);
    expect((await pop(CALL)).status).toBe('delivered');
  });

  test('are one while the first is under way', async () => {
    const { send, pop, http, clock } = createWorld();
    http.next({ afterMs: 300, fate: reply(204) });
    const first = send(CALL);
    expect(await pop(CALL)).toMatchObject(DEDUPED);
    await clock.advance(300);
    expect(JSON.parse((await first).body).status).toBe('delivered');
    expect(http.calls).toHaveLength(1);
  });

  test('are one however different their data, phase and key', async () => {
    const { pop } = createWorld();
    await pop({ ...CALL, phase: 'ringing', idempotencyKey: 'a' });
    const second = await pop({
      ...CALL,
      phase: 'answered',
      idempotencyKey: 'b',
      customerData: { name: 'Ada' },
    });
    expect(second).toMatchObject({ ...DEDUPED, idempotencyKey: 'b' });
  });

  test('are two when the first was not shown', async () => {
    const { pop, fail, http } = createWorld();
    http.next(reply(403));
    await fail(CALL);
    expect((await pop(CALL)).status).toBe('delivered');
  });

  test('are two when the first expired on its way', async () => {
    const { pop, http, clock } = createWorld();
    http.next(reply(429, '', { 'retry-after': '10' }));
    const expiresAt = new Date(clock.now() + 3000).toISOString();
    expect((await pop({ ...CALL, expiresAt })).status).toBe('expired');
    expect((await pop(CALL)).status).toBe('delivered');
  });

  test('are one also when an older pop for the call fails after its window, while a newer one was shown', async () => {
    const { send, pop, http, clock } = createWorld();
    http.next({ afterMs: 12_000, fate: reply(403) });
    const slow = expect(send(CALL)).rejects.toMatchObject({ code: 'upstream_forbidden' });
    await clock.advance(11_000);
    expect((await pop(CALL)).status).toBe('delivered');
    await clock.advance(1000);
    await slow;
    expect(await pop(CALL)).toMatchObject(DEDUPED);
  });

  test.each([
    ['user', { ...CALL, userId: 'another-agent' }],
    ['application', { ...CALL, application: 'other' }],
    ['call', { interactionId: 'call-2' }],
  ])('are two when the %s is another', async (_name, other) => {
    const { pop, settings } = createWorld();
    const applications = settings.config.applications.flatMap((one) => [one, { ...one, id: 'other' }]);
    settings.config = { ...settings.config, applications };
    await pop(CALL);
    expect((await pop(other)).status).toBe('delivered');
  });

  test('are one when the application is named once and left out once', async () => {
    const { pop } = createWorld();
    await pop(CALL);
    expect(await pop({ ...CALL, application: 'com.example.customapp' })).toMatchObject(DEDUPED);
  });

  test('are two when nothing says that they are one call', async () => {
    const { pop } = createWorld();
    await pop();
    expect((await pop()).status).toBe('delivered');
  });

  test('are two when the window is set to 0, and one for as long as it is set to', async () => {
    const { pop, settings, clock } = createWorld();
    settings.config = { ...settings.config, dedupeWindowMs: 0 };
    await pop(CALL);
    expect((await pop(CALL)).status).toBe('delivered');
    settings.config = { ...settings.config, dedupeWindowMs: 60_000 };
    await clock.advance(59_999);
    expect(await pop(CALL)).toMatchObject(DEDUPED);
  });
});

describe('after a restart', () => {
  test('the window goes on from when the pop began', async () => {
    const { pop, http, log, clock } = createWorld();
    http.next({ afterMs: 4000, fate: reply(204) });
    await pop(CALL);
    await clock.advance(5999);
    expect(await createWorld({ clock, log }).pop(CALL)).toMatchObject(DEDUPED);
    await clock.advance(1);
    expect((await createWorld({ clock, log }).pop(CALL)).status).toBe('delivered');
  });

  test('a pop that began early and ended late does not outlast its own window', async () => {
    const { send, pop, http, log, clock } = createWorld();
    http.next({ afterMs: 8000, fate: reply(204) });
    const slow = send(CALL);
    await clock.advance(7000);
    await pop({ interactionId: 'call-2' });
    await clock.advance(1000);
    await slow;
    const restarted = createWorld({ clock, log });
    await clock.advance(2000);
    expect((await restarted.pop(CALL)).status).toBe('delivered');
    expect(await restarted.pop({ interactionId: 'call-2' })).toMatchObject(DEDUPED);
  });

  test('a pop that failed, was suppressed or expired begins no window', async () => {
    const { fail, pop, http, log, clock } = createWorld();
    http.next(reply(403));
    await fail(CALL);
    await pop({ interactionId: 'call-2', phase: 'ended' });
    await pop({ interactionId: 'call-3', expiresAt: '2020-01-01T00:00:00Z' });
    const restarted = createWorld({ clock, log });
    for (const interactionId of ['call-1', 'call-2', 'call-3']) {
      expect((await restarted.pop({ interactionId })).status).toBe('delivered');
    }
  });
});

describe('the phase', () => {
  test.each([
    ['ringing', 'delivered'],
    ['answered', 'delivered'],
    ['manual', 'delivered'],
    ['ended', 'suppressed'],
  ] as const)('%s is %s unless set otherwise', async (phase, status) => {
    const { pop, http } = createWorld();
    const answer = await pop({ phase });
    expect([answer.status, answer.reason]).toEqual([status, status === 'suppressed' ? 'policy' : undefined]);
    expect(http.calls).toHaveLength(status === 'delivered' ? 1 : 0);
  });

  test('pops as the settings say', async () => {
    const { pop, settings } = createWorld();
    settings.config = { ...settings.config, popPhases: ['ended'] };
    expect((await pop({ phase: 'ended' })).status).toBe('delivered');
    expect((await pop({ phase: 'ringing' })).reason).toBe('policy');
  });

  test('that is not told always pops', async () => {
    const { pop, settings } = createWorld();
    settings.config = { ...settings.config, popPhases: [] };
    expect((await pop()).status).toBe('delivered');
  });

  test('that does not pop begins no window for the call', async () => {
    const { pop } = createWorld();
    await pop({ ...CALL, phase: 'ended' });
    expect((await pop({ ...CALL, phase: 'manual' })).status).toBe('delivered');
  });
});

describe('a trigger that comes after its expiresAt', () => {
  test.each([-1, 0])('(by %i ms) is dropped', async (ms) => {
    const { pop, http, tokens, log, clock } = createWorld();
    const expiresAt = new Date(clock.now() + ms).toISOString();
    expect((await pop({ expiresAt })).status).toBe('expired');
    expect([http.calls, tokens.asked(), log.story()]).toEqual([[], 0, ['result expired']]);
  });

  test('while the intent is being written is dropped', async () => {
    const { send, http, log, clock } = createWorld();
    log.before = ({ type }) =>
      type === 'intent' ? new Promise((resolve) => clock.after(500, resolve)) : undefined;
    const answer = send({ expiresAt: new Date(clock.now() + 400).toISOString() });
    await clock.advance(500);
    expect(JSON.parse((await answer).body).status).toBe('expired');
    expect(http.calls).toEqual([]);
  });

  test('is told by the moment, not by the text', async () => {
    const { pop, clock } = createWorld();
    const inAnHour = new Date(clock.now() + 3_600_000).toISOString().slice(0, 19);
    expect((await pop({ expiresAt: `${inAnHour}+02:00` })).status).toBe('expired');
    expect((await pop({ expiresAt: `${inAnHour}-02:00` })).status).toBe('delivered');
  });
});
