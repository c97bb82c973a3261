/** One call, one pop: the program as it is started, over real sockets, and what the agent has seen in the end. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSimulator } from '../../main/simulator/simulator.ts';
import { startHeadless } from '../support/headless.ts';
import { tempDir } from '../support/temp-dir.ts';
import { USER } from '../support/test-app.ts';

const names = { clientId: 'client', clientSecret: 'client-secret', signingSecret: 'signing-secret' };

/** A simulator as the destination; `start` starts poptray on one folder, again and again. */
async function setUp(settings: object = {}) {
  const simulator = createSimulator(names);
  const { baseUrl } = await simulator.start(0);
  onTestFinished(() => simulator.stop());
  const dataDir = join(tempDir(), 'data');
  mkdirSync(dataDir, { mode: 0o700 });
  writeFileSync(join(dataDir, 'settings.json'), JSON.stringify({ version: 1, ...settings }), { mode: 0o600 });
  const env = {
    GENESYS_BASE_URL: baseUrl,
    GENESYS_CLIENT_ID: names.clientId,
    GENESYS_CLIENT_SECRET: names.clientSecret,
    SIGNING_SECRET: names.signingSecret,
  };
  const start = async () => {
    const app = await startHeadless({ dataDir, env });
    const fire = async (trigger: object): Promise<Record<string, unknown>> =>
      (await (await app.post({ userId: USER, ...trigger })).json()) as Record<string, unknown>;
    return { ...app, fire };
  };
  const shown = () => simulator.received.map(({ idempotencyKey }) => idempotencyKey);
  const called = (times: number) => expect.poll(() => simulator.popCalls, { timeout: 10_000 }).toBe(times);
  return { simulator, start, shown, called };
}

describe.each([
  ['an id', { interactionId: 'call-7' }],
  ['the caller alone', { call: { from: '+49 30 901820' } }],
])('a call that is known by %s', (_name, call) => {
  const ringing = { ...call, phase: 'ringing', idempotencyKey: 'of-ringing' };
  const answered = { ...call, phase: 'answered', idempotencyKey: 'of-answered' };
  const ended = { ...call, phase: 'ended' };

  test('C02 whose ringing gets no answer in time pops with answered, which waits for that: shown once, under one key', async () => {
    const { simulator, start, shown, called } = await setUp({ totalDeadlineMs: 4000 });
    // Shows the page, and does not say so.
    simulator.addFault({ kind: 'slow', delayMs: 60_000 });
    const { fire } = await start();
    const first = fire(ringing);
    await called(1);
    // As phones do; and it waits no longer than its own deadline.
    await setTimeout(2000);
    const second = fire(answered);
    expect((await first).code).toBe('upstream_timeout');
    expect(await second).toMatchObject({
      status: 'delivered',
      idempotencyKey: 'of-answered',
      duplicate: true,
    });
    expect(await fire(answered)).toMatchObject({ status: 'delivered', idempotencyKey: 'of-answered' });
    expect(await fire({ ...answered, idempotencyKey: 'later' })).toMatchObject({ reason: 'dedupe' });
    expect(shown()).toEqual(['of-ringing']);
    expect(simulator.popCalls).toBe(2);
  });

  test('C02 whose ringing gets a 503 pops with answered, under the key of ringing', async () => {
    const { simulator, start, shown } = await setUp();
    simulator.addFault({ kind: 'server-error', status: 503, retryAfter: 600 });
    const { fire } = await start();
    expect((await fire(ringing)).code).toBe('upstream_failed');
    expect(await fire(answered)).toMatchObject({ status: 'delivered', duplicate: false });
    expect(shown()).toEqual(['of-ringing']);
  });

  test('that ends before its page could be sent again shows none, then and later', async () => {
    const { simulator, start, shown, called } = await setUp();
    simulator.addFault({ kind: 'rate-limited', retryAfter: 15 });
    const { fire } = await start();
    const first = fire(ringing);
    await called(1);
    const second = fire(answered);
    expect(await fire(ended)).toMatchObject({ status: 'suppressed', reason: 'policy' });
    for (const answer of [first, second, fire(answered)])
      expect(await answer).toMatchObject({ status: 'suppressed', reason: 'ended' });
    expect([shown(), simulator.popCalls]).toEqual([[], 1]);
  });

  test('that popped before poptray was started again does not pop again', async () => {
    const { start, shown } = await setUp();
    const first = await start();
    expect(await first.fire(ringing)).toMatchObject({ status: 'delivered' });
    first.kill('SIGTERM');
    await first.ended;
    const second = await start();
    expect(await second.fire(answered)).toMatchObject({ status: 'suppressed', reason: 'dedupe' });
    expect(shown()).toEqual(['of-ringing']);
  });

  test('whose page was under way when poptray was killed is shown once, under the key of then', async () => {
    const { simulator, start, shown, called } = await setUp();
    simulator.addFault({ kind: 'slow', delayMs: 60_000 });
    const first = await start();
    const cut = expect(first.fire(ringing)).rejects.toThrow();
    await called(1);
    first.kill('SIGKILL');
    await first.ended;
    await cut;
    const second = await start();
    expect(await second.fire(answered)).toMatchObject({ status: 'delivered', duplicate: true });
    expect(shown()).toEqual(['of-ringing']);
  });
});
