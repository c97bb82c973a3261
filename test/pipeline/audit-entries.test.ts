import { describe, expect, test } from 'vitest';
import type { PopError } from '../../main/pipeline/errors.ts';
import { replyOf } from '../../main/pipeline/record.ts';
import { auditEntrySchema } from '../../shared/audit.ts';
import { newEntry } from '../../shared/new-entry.ts';
import { reply, SHOWN } from './fakes.ts';
import { createWorld, USER } from './world.ts';

const API = `https://api.test/api/v2/users/${USER}/screenpops`;

test('a delivered pop leaves its intent and its result', async () => {
  const { pop, log, http } = createWorld();
  http.next(reply(500, '', { 'inin-correlation-id': 'id-1' }));
  await pop({ idempotencyKey: 'k', interactionId: 'call-1' });
  const about = {
    popId: 'pop-0-1',
    userId: USER,
    idempotencyKey: 'k',
    application: 'com.example.customapp',
    client: 'softphone',
    endpoint: API,
    target: 'https://app.mydashboard.com/agent-view',
    fingerprint: expect.any(String),
    interaction: expect.any(String),
  };
  expect(log.entries).toMatchObject([
    { ...about, type: 'intent', status: null, success: null, webhooks: [] },
    {
      ...about,
      type: 'result',
      status: 'delivered',
      success: true,
      code: null,
      focusTracked: true,
      windowFocused: true,
      attempts: 2,
      correlationId: 'id-1',
      latencyMs: 2500,
      webhooks: ['hook'],
    },
  ]);
  for (const entry of log.entries) expect(() => auditEntrySchema.strict().parse(entry)).not.toThrow();
});

test('a failed pop leaves its result with code, attempts and no success, and webhooks are told', async () => {
  const { fail, log, http } = createWorld();
  http.next(reply(429), reply(429), reply(429));
  const { details } = await fail();
  expect(details.popId).toBe('pop-0-1');
  expect(log.story()).toEqual(['intent', 'result failed']);
  expect(log.entries[1]).toMatchObject({
    success: false,
    code: 'upstream_rate_limited',
    attempts: 3,
    endpoint: API,
    focusTracked: false,
    windowFocused: null,
    webhooks: ['hook'],
  });
});

test.each([
  [{ phase: 'ended' }, { status: 'suppressed', reason: 'policy' }],
  [{ expiresAt: '2020-01-01T00:00:00Z' }, { status: 'expired', reason: null }],
] as const)(
  'a pop that is not shown (%j) leaves one entry, and no webhook is told',
  async (trigger, expected) => {
    const { pop, log } = createWorld();
    await pop(trigger);
    expect(log.entries).toMatchObject([
      {
        ...expected,
        type: 'result',
        success: false,
        attempts: 0,
        endpoint: null,
        phases: null,
        webhooks: [],
      },
    ]);
  },
);

describe('the focus', () => {
  test.each([
    [true, true, true],
    [false, true, false],
    [null, false, null],
    [undefined, false, null],
  ])('reported as %j is tracked: %j, focused: %j', async (windowFocused, focusTracked, expected) => {
    const { pop, log, http } = createWorld();
    http.next(reply(200, { windowFocused }));
    expect((await pop()).windowFocused).toBe(expected);
    expect(log.entries[1]).toMatchObject({ focusTracked, windowFocused: expected });
  });
});

describe('the phases of the latency', () => {
  test('are queue, token and delivery, and add up to the whole', async () => {
    const { pop, log, http, tokens, clock } = createWorld();
    log.before = ({ type }) =>
      type === 'intent' ? new Promise((resolve) => clock.after(11, resolve)) : undefined;
    tokens.next({ afterMs: 300 }, { afterMs: 0 });
    http.next({ afterMs: 40, fate: reply(429) }, { afterMs: 60, fate: SHOWN });
    const { latencyMs } = await pop();
    expect(log.entries[1]?.phases).toEqual({ queue: 11, token: 300, delivery: 40 + 500 + 60 });
    expect(latencyMs).toBe(11 + 300 + 600);
  });

  test('add up also on a clock that moves with every look at it', async () => {
    const { send, log, clock } = createWorld();
    const { monotonic } = clock;
    let looks = 0;
    clock.monotonic = () => monotonic() + ++looks * 0.1237;
    await send();
    const { phases, latencyMs } = log.entries[1] ?? {};
    const { queue = 0, token = 0, delivery = 0 } = phases ?? {};
    expect(queue).toBeGreaterThan(0);
    expect(queue + token + delivery).toBeCloseTo(latencyMs ?? 0, 6);
  });

  test('are there for a failed pop too', async () => {
    const { fail, log, http } = createWorld();
    http.next({ afterMs: 70, fate: reply(403) });
    await fail();
    expect(log.entries[1]).toMatchObject({ latencyMs: 70, phases: { queue: 0, token: 0, delivery: 70 } });
  });
});

test('nothing of the customer’s is in the log or in an error, whatever becomes of the pop', async () => {
  const { send, log, http, clock } = createWorld();
  const secret = {
    customerData: { name: 'MARK-data' },
    sessionToken: 'MARK-token',
    interactionId: 'MARK-call',
    state: { note: 'MARK-state' },
  };
  const errors: PopError[] = [];
  http.next(SHOWN, reply(403, 'MARK-upstream'), reply(200, 'MARK'), reply(200, 'MARK'), reply(200, 'MARK'));
  for (let n = 0; n < 3; n += 1) {
    const ended = send({ ...secret, interactionId: `MARK-${n}` }).catch((error) => errors.push(error));
    await clock.advance(30_000);
    await ended;
  }
  expect(errors).toHaveLength(2);
  expect(JSON.stringify(log.entries)).not.toContain('MARK');
  for (const { message, details } of errors) expect(message + JSON.stringify(details)).not.toContain('MARK');
});

test('a target is logged without its fragment', async () => {
  const { pop, log, settings } = createWorld();
  const applications = settings.config.applications.map((one) => ({
    ...one,
    baseUri: `${one.baseUri}?a=1#/route`,
  }));
  settings.config = { ...settings.config, applications };
  await pop({ customerData: { name: 'Ada' } });
  expect(log.entries.map(({ target }) => target)).toEqual([
    'https://app.mydashboard.com/agent-view?a=1',
    'https://app.mydashboard.com/agent-view?a=1',
  ]);
});

test('a note is an entry of the same shape', () => {
  const stamp = { seq: 1, timestamp: '2026-11-23T12:00:00.000Z', boot: 'b', uptimeMs: 1, keyId: 'k' };
  expect(() =>
    auditEntrySchema.strict().parse({ ...newEntry('opened', { detail: 'd' }), ...stamp }),
  ).not.toThrow();
});

test('the answer follows from the entry alone, also when it has been through JSON', async () => {
  const { send, log, clock } = createWorld();
  clock.monotonic = () => 0.1 + 0.2;
  const { body } = await send();
  expect(replyOf(JSON.parse(JSON.stringify(log.entries[1])))).toBe(body);
});
