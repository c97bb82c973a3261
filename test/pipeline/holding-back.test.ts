import { describe, expect, test } from 'vitest';
import { createWorld } from './world.ts';

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
