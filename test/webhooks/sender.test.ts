import { describe, expect, test } from 'vitest';
import { openLedger, result } from '../support/ledger.ts';
import { type Receiver, startReceiver, status, verified } from '../support/receiver.ts';
import { openMailroom } from '../support/webhook-service.ts';

const HOUR = 3_600_000;
const DELAYS = [5000, 300_000, 1_800_000, ...[2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR)];

describe('a webhook message', () => {
  test('tells of a pop, signed so that the standardwebhooks library accepts it', async () => {
    const receiver = await startReceiver();
    const mail = openMailroom({ targets: { crm: `${receiver.url}/in?tenant=1` } });
    const entry = await mail.pop('p1', ['crm']);
    await mail.ended(1);
    const [message] = receiver.received;
    expect(message).toMatchObject({ id: 'msg_p1', path: '/in?tenant=1' });
    expect(message?.headers['content-type']).toBe('application/json');
    expect(message && verified(message)).toEqual({
      event: 'screenpop_activated',
      userId: 'agent-1',
      latencyMs: 12.5,
      windowFocus: true,
      timestamp: entry.timestamp,
      popId: 'p1',
      status: 'delivered',
    });
    expect(() => message && verified(message, `whsec_${Buffer.alloc(32, 6).toString('base64')}`)).toThrow(
      'No matching signature found',
    );
    expect(mail.ends()).toEqual(['p1 crm delivered null 1']);
  });

  test('says that a pop failed, when it did, and that its focus is not known', async () => {
    const receiver = await startReceiver();
    const mail = openMailroom({ targets: { crm: receiver.url } });
    await mail.pop('p1', ['crm'], 'failed');
    await receiver.got(1);
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({
      event: 'screenpop_failed',
      status: 'failed',
      windowFocus: null,
    });
  });

  test.each([200, 201, 202, 204, 299])('is delivered when the answer is %s', async (code) => {
    const receiver = await startReceiver();
    receiver.answer = status(code);
    const mail = openMailroom({ targets: { crm: receiver.url } });
    await mail.pop('p1', ['crm']);
    expect(await mail.ended(1)).toEqual(['p1 crm delivered null 1']);
    expect(mail.store.outbox.due('crm', Number.MAX_SAFE_INTEGER, 1)).toEqual([]);
  });

  test.each([300, 301, 302, 307, 308, 400, 404, 429, 500, 503])(
    'F24 waits when the answer is %s',
    async (code) => {
      const [receiver, elsewhere] = await Promise.all([startReceiver(), startReceiver()]);
      receiver.answer = (response) => response.writeHead(code, { location: elsewhere.url }).end();
      const mail = openMailroom({ targets: { crm: receiver.url } });
      await mail.pop('p1', ['crm']);
      expect(await mail.putOff('crm', 1, 1)).toEqual({ attempts: 1, inMs: 5000 });
      expect(elsewhere.received).toEqual([]);
      expect(mail.ends()).toEqual([]);
    },
  );

  test('goes to each webhook once, in a queue of its own', async () => {
    const [one, other] = await Promise.all([startReceiver(), startReceiver()]);
    one.answer = status(500);
    const mail = openMailroom({ targets: { one: one.url, other: other.url } });
    await mail.pop('p1', ['one', 'other']);
    await mail.pop('p2', ['other']);
    expect((await mail.ended(2)).sort()).toEqual(['p1 other delivered null 1', 'p2 other delivered null 1']);
    await mail.putOff('one', 1, 1);
    expect([one, other].map(({ received }) => received.length)).toEqual([1, 2]);
  });
});

describe('the schedule', () => {
  /** Lets the clock run to the attempt that follows on this many, and sees that it comes just then. */
  async function nextAttempt(mail: ReturnType<typeof openMailroom>, receiver: Receiver, attempts: number) {
    const delay = DELAYS[attempts - 1] ?? Number.NaN;
    expect(await mail.putOff('crm', 1, attempts)).toEqual({ attempts, inMs: delay });
    expect(receiver.received).toHaveLength(attempts);
    await mail.clock.advance(delay - 1);
    expect(receiver.received).toHaveLength(attempts);
    await mail.clock.advance(1);
    await receiver.got(attempts + 1);
    // What came too early would carry an earlier time.
    expect(receiver.received[attempts]?.timestamp).toBe(Math.floor(mail.clock.now() / 1000));
  }

  test('F23 is kept to the end, over a restart before every attempt; then there is a dead letter', async () => {
    const receiver = await startReceiver();
    receiver.answer = status(503);
    let mail = openMailroom({ targets: { crm: receiver.url } });
    await mail.pop('p1', ['crm']);
    await receiver.got(1);
    for (const [index] of DELAYS.entries()) {
      await mail.putOff('crm', 1, index + 1);
      const before = mail.clock.now();
      await mail.stop();
      // Stopping took some of the time.
      mail.clock.jump(before - mail.clock.now());
      mail = openMailroom({ dir: mail.dir, clock: mail.clock, targets: { crm: receiver.url } });
      await nextAttempt(mail, receiver, index + 1);
    }
    expect(await mail.ended(1)).toEqual(['p1 crm failed http_503 10']);
    expect(new Set(receiver.received.map(({ id }) => id))).toEqual(new Set(['msg_p1']));
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
    for (const message of receiver.received) verified(message);
    expect(mail.store.outbox.deadLetters()).toEqual([
      { id: 'msg_p1', webhook: 'crm', popId: 'p1', attempts: 10, failure: 'http_503' },
    ]);
    await mail.clock.advance(48 * HOUR);
    expect(receiver.received).toHaveLength(10);
  });

  test('ends as soon as the receiver is back', async () => {
    const receiver = await startReceiver();
    receiver.next(status(503), status(503));
    const mail = openMailroom({ targets: { crm: receiver.url } });
    await mail.pop('p1', ['crm']);
    await nextAttempt(mail, receiver, 1);
    await nextAttempt(mail, receiver, 2);
    expect(await mail.ended(1)).toEqual(['p1 crm delivered null 3']);
  });

  test('spreads many messages by its jitter', async () => {
    const receiver = await startReceiver();
    receiver.answer = status(503);
    let turn = 0;
    const random = () => (turn++ % 10) / 10;
    const mail = openMailroom({ targets: { crm: receiver.url }, random });
    for (let pop = 0; pop < 10; pop += 1) await mail.pop(`p${pop}`, ['crm']);
    await mail.putOff('crm', 10, 1);
    const now = mail.clock.now();
    const due = (after: number) => mail.store.outbox.due('crm', now + after, 20).length;
    expect([due(4999), due(5000), due(5249), due(5450)]).toEqual([0, 1, 5, 10]);
  });

  test('takes what is found on disk from the oldest on', async () => {
    const receiver = await startReceiver();
    const ledger = openLedger();
    for (const popId of ['p1', 'p2', 'p3', 'p4']) await ledger.append(result(popId, 'delivered', ['crm']));
    await ledger.close();
    const { dir, clock } = ledger;
    const mail = openMailroom({ dir, clock, targets: { crm: receiver.url } });
    // One at a time, so that their order on the wire is that in which they were taken.
    mail.load.busy = true;
    for (let sent = 1; sent <= 4; sent += 1) {
      await mail.ended(sent);
      await clock.advance(20);
    }
    expect(receiver.received.map(({ id }) => id)).toEqual(['msg_p1', 'msg_p2', 'msg_p3', 'msg_p4']);
  });

  test('F31 after ten minutes of sleep has all that is due go out, four at a time', async () => {
    const receiver = await startReceiver();
    receiver.next(...Array.from({ length: 20 }, () => status(503)));
    const mail = openMailroom({ targets: { crm: receiver.url } });
    for (let pop = 0; pop < 20; pop += 1) await mail.pop(`p${pop}`, ['crm']);
    await mail.putOff('crm', 20, 1);
    let [underWay, most] = [0, 0];
    receiver.answer = (response) => {
      underWay += 1;
      most = Math.max(most, underWay);
      setTimeout(() => {
        underWay -= 1;
        response.writeHead(204).end();
      }, 5);
    };
    mail.clock.suspend(600_000);
    await mail.clock.advance(60_000);
    expect(await mail.ended(20)).toHaveLength(20);
    expect(most).toBe(4);
  });

  test('F31 is checked again each minute, for a machine that slept or a clock that was set', async () => {
    const receiver = await startReceiver();
    receiver.next(status(503), status(503));
    const mail = openMailroom({ targets: { crm: receiver.url } });
    await mail.pop('p1', ['crm']);
    await nextAttempt(mail, receiver, 1);
    await mail.putOff('crm', 1, 2);
    mail.clock.jump(300_000);
    await mail.clock.advance(60_000);
    expect(await mail.ended(1)).toEqual(['p1 crm delivered null 3']);
  });

  test('counts a receiver that cannot be reached like one that refuses', async () => {
    const mail = openMailroom({ targets: { crm: 'http://127.0.0.1:1/' } });
    await mail.pop('p1', ['crm']);
    expect(await mail.putOff('crm', 1, 1)).toEqual({ attempts: 1, inMs: 5000 });
  });
});
