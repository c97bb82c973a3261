import { describe, expect, test } from 'vitest';
import { triggerReplySchema } from '../../shared/trigger.ts';
import { reply, startStubDestination } from '../support/stub-destination.ts';
import { startTestApp, USER } from '../support/test-app.ts';
import { answerOf } from './replies.ts';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

async function setUp() {
  const destination = await startStubDestination();
  return { destination, app: await startTestApp({ destination: destination.url }) };
}

describe('the answer to a trigger', () => {
  test('has the fields of the contract, in JSON, and a popId that is a UUIDv7 of this moment', async () => {
    const { app } = await setUp();
    const before = Date.now();
    const response = await app.post({ userId: USER });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('idempotent-replayed')).toBeNull();
    const body = await answerOf(response);
    expect(triggerReplySchema.strict().parse(body)).toEqual(body);
    expect(Object.keys(body)).toEqual([
      'status',
      'latencyMs',
      'windowFocused',
      'idempotencyKey',
      'popId',
      'duplicate',
    ]);
    expect(body.popId).toMatch(UUID_V7);
    const made = Number.parseInt(body.popId.replace('-', '').slice(0, 12), 16);
    expect(made).toBeGreaterThanOrEqual(before);
    expect(made).toBeLessThanOrEqual(Date.now());
  });

  test.each([
    [reply(200, { id: 'a', status: 'delivered', windowFocused: true }), true],
    [reply(200, { id: 'a', status: 'delivered', windowFocused: false }), false],
    [reply(200, { id: 'a', status: 'delivered' }), null],
    [reply(204), null],
  ])(
    'tells the focus that the destination reported, and null when it did not (%#)',
    async (shown, focused) => {
      const { app, destination } = await setUp();
      destination.onPop(shown);
      const body = await answerOf(await app.post({ userId: USER }));
      expect(body).toMatchObject({ status: 'delivered', windowFocused: focused, duplicate: false });
    },
  );

  test('F12 says duplicate when the destination had processed the key before', async () => {
    const { app, destination } = await setUp();
    destination.onPop(reply(409, { id: 'a', status: 'delivered', windowFocused: true }));
    const body = await answerOf(await app.post({ userId: USER }));
    expect(body).toMatchObject({ status: 'delivered', duplicate: true });
  });

  test('says suppressed by policy for a phase that does not pop, and nothing is sent', async () => {
    const { app, destination } = await setUp();
    const body = await answerOf(await app.post({ userId: USER, phase: 'ended' }));
    expect(body).toMatchObject({ status: 'suppressed', reason: 'policy', windowFocused: null });
    expect(destination.pops).toEqual([]);
  });

  test('says suppressed by dedupe for a second pop of one call', async () => {
    const { app, destination } = await setUp();
    await app.post({ userId: USER, interactionId: 'call-1', phase: 'ringing' });
    const second = await app.post({ userId: USER, interactionId: 'call-1', phase: 'answered' });
    expect(await second.json()).toMatchObject({ status: 'suppressed', reason: 'dedupe' });
    expect(destination.pops).toHaveLength(1);
  });

  test('says expired for a pop that comes too late, and nothing is sent', async () => {
    const { app, destination } = await setUp();
    const body = await answerOf(await app.post({ userId: USER, expiresAt: '2020-01-01T00:00:00Z' }));
    expect(body).toMatchObject({ status: 'expired' });
    expect(destination.pops).toEqual([]);
  });
});

describe('a key that is sent again', () => {
  test('gets the stored answer to the byte when its pop was delivered', async () => {
    const { app, destination } = await setUp();
    const trigger = { userId: USER, idempotencyKey: 'call-7' };
    const first = await app.post(trigger);
    const body = await first.text();
    const again = await app.post(trigger);
    expect([again.status, await again.text()]).toEqual([200, body]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(destination.pops).toHaveLength(1);
  });

  test.each([
    ['suppressed', { phase: 'ended' }],
    ['expired', { expiresAt: '2020-01-01T00:00:00Z' }],
  ])('pops when its trigger was %s: what showed nothing uses no key up', async (status, fields) => {
    const { app, destination } = await setUp();
    const trigger = { userId: USER, idempotencyKey: 'call-7' };
    expect(await (await app.post({ ...trigger, ...fields })).json()).toMatchObject({ status });
    const again = await app.post(trigger);
    expect(await again.json()).toMatchObject({ status: 'delivered' });
    expect(again.headers.get('idempotent-replayed')).toBeNull();
    expect(destination.pops).toHaveLength(1);
  });

  test('gets it also from a poptray that was started anew on the same folder', async () => {
    const { app, destination } = await setUp();
    const trigger = { userId: USER, customerData: { caseId: 'C-1' }, idempotencyKey: 'call-7' };
    const body = await (await app.post(trigger)).text();
    await app.stop();
    const second = await startTestApp({ destination: destination.url, dataDir: app.dataDir });
    const again = await second.post(trigger);
    expect(await again.text()).toBe(body);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(destination.pops).toHaveLength(1);
  });

  test('F13 is refused with 422 when the payload is another one, and may come with its members in any order', async () => {
    const { app } = await setUp();
    const trigger = { userId: USER, application: 'com.example.customapp', idempotencyKey: 'call-7' };
    await app.post(trigger);
    const reordered = Object.fromEntries(Object.entries(trigger).reverse());
    expect((await app.post(reordered)).headers.get('idempotent-replayed')).toBe('true');
    const other = await app.post({ ...trigger, customerData: { caseId: 'C-2' } });
    expect(other.status).toBe(422);
    expect(await other.json()).toMatchObject({ code: 'key_reused' });
  });

  test('may be sent again after a failure, and reaches the destination as the same key', async () => {
    const { app, destination } = await setUp();
    destination.onPop(reply(400, { message: 'no' }));
    const trigger = { userId: USER, idempotencyKey: 'call-7' };
    expect((await app.post(trigger)).status).toBe(502);
    const again = await app.post(trigger);
    expect(again.status).toBe(200);
    expect(again.headers.get('idempotent-replayed')).toBeNull();
    expect(destination.pops.map(({ headers }) => headers['idempotency-key'])).toEqual(['call-7', 'call-7']);
  });

  test('is not used up by a trigger that was refused', async () => {
    const { app } = await setUp();
    expect((await app.post({ userId: 'a/b', idempotencyKey: 'call-7' })).status).toBe(400);
    const response = await app.post({ userId: USER, idempotencyKey: 'call-7' });
    expect(response.status).toBe(200);
    expect(response.headers.get('idempotent-replayed')).toBeNull();
  });

  test('F14 joins its first trigger while that is running', async () => {
    const { app, destination } = await setUp();
    const arrived = Promise.withResolvers<() => void>();
    destination.onPop((received, response) =>
      arrived.resolve(() => reply(200, { windowFocused: true })(received, response)),
    );
    const trigger = { userId: USER, idempotencyKey: 'call-7' };
    const first = app.post(trigger);
    const answer = await arrived.promise;
    const second = app.post(trigger);
    // The other payload is refused at once, which shows that the second has been read before it.
    expect((await app.post({ ...trigger, sessionToken: 'other' })).status).toBe(422);
    answer();
    const [one, two] = await Promise.all([first, second]);
    expect(await two.text()).toBe(await one.text());
    expect(two.headers.get('idempotent-replayed')).toBe('true');
    expect(destination.pops).toHaveLength(1);
  });
});
