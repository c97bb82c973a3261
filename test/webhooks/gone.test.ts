import { describe, expect, test } from 'vitest';
import { startReceiver, status } from '../support/receiver.ts';
import { openMailroom } from '../support/webhook-service.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `p${index}`);

describe('F23 a receiver that says 410', () => {
  test('gets no more than was under way; what waits for it dies, in memory, on disk and put off', async () => {
    const [gone, other] = await Promise.all([startReceiver(), startReceiver()]);
    gone.answer = status(503);
    const mail = openMailroom({ targets: { gone: gone.url, other: other.url } });
    await mail.pop('early', ['gone']);
    await mail.putOff('gone', 1, 1);

    gone.answer = status(410);
    await Promise.all(names(1200).map((name) => mail.pop(name, ['gone'])));
    const ends = await mail.ended(1201);
    // Four at a time: those that were under way when the first answer came had been sent.
    expect(gone.received.length).toBeLessThanOrEqual(1 + 4);
    expect(ends).toContain('early gone failed gone 1');
    expect(ends.filter((end) => end.endsWith('refused gone 1')).length).toBe(gone.received.length - 1);
    expect(mail.store.outbox.deadLetters()).toHaveLength(1201);
    expect(mail.store.outbox.isStopped('gone')).toBe(true);

    await mail.pop('later', ['other']);
    expect(await other.got(1)).toEqual(['msg_later']);
    expect(mail.store.outbox.isStopped('other')).toBe(false);
  });

  test('stays stopped over a restart, also when the database is lost', async () => {
    const gone = await startReceiver();
    gone.answer = status(410);
    const first = openMailroom({ targets: { gone: gone.url } });
    await first.pop('p1', ['gone']);
    await first.ended(1);
    await first.stop();
    const second = openMailroom({ dir: first.dir, clock: first.clock, targets: { gone: gone.url } });
    await second.pop('p2', ['gone']);
    expect(await second.ended(2)).toEqual(['p1 gone refused gone 1', 'p2 gone failed gone 0']);
    expect(gone.received).toHaveLength(1);
  });

  test('is started again when a person sends a dead letter to it', async () => {
    const gone = await startReceiver();
    gone.next(status(410));
    const mail = openMailroom({ targets: { gone: gone.url } });
    await mail.pop('p1', ['gone']);
    await mail.ended(1);
    await mail.resend('p1', 'gone');
    await mail.pop('p2', ['gone']);
    expect((await mail.ended(3)).slice(1).sort()).toEqual([
      'p1 gone delivered null 1',
      'p2 gone delivered null 1',
    ]);
    expect(mail.store.outbox.isStopped('gone')).toBe(false);
    expect(mail.store.outbox.deadLetters()).toEqual([]);
    await mail.stop();

    // Also after a restart: what a person started is on disk.
    const again = openMailroom({ dir: mail.dir, clock: mail.clock, targets: { gone: gone.url } });
    expect(again.store.outbox.isStopped('gone')).toBe(false);
    await again.pop('p3', ['gone']);
    expect(await again.ended(4)).toContain('p3 gone delivered null 1');
  });

  test('has what was put off die at once, not when it falls due', async () => {
    const gone = await startReceiver();
    gone.answer = status(503);
    const mail = openMailroom({ targets: { gone: gone.url } });
    await mail.pop('early', ['gone']);
    await mail.putOff('gone', 1, 1);
    gone.answer = status(410);
    await mail.pop('later', ['gone']);
    // The clock stands still: only the 410 can have ended it.
    expect((await mail.ended(2)).sort()).toEqual(['early gone failed gone 1', 'later gone refused gone 1']);
  });
});

describe('a dead letter', () => {
  test('is sent again as it was, and has the whole schedule before it', async () => {
    const receiver = await startReceiver();
    const mail = openMailroom({ targets: {} });
    await mail.pop('p1', ['crm']);
    expect(await mail.ended(1)).toEqual(['p1 crm failed not_configured 0']);
    await mail.stop();

    receiver.next(status(500));
    const { dir, clock } = mail;
    const again = openMailroom({ dir, clock, targets: { crm: receiver.url } });
    await clock.advance(100_000);
    expect(receiver.received).toEqual([]);
    await again.resend('p1', 'crm');
    expect(await again.putOff('crm', 1, 1)).toEqual({ attempts: 1, inMs: 5000 });
    await clock.advance(5000);
    expect(await again.ended(2)).toContain('p1 crm delivered null 2');
    expect(await receiver.got(2)).toEqual(['msg_p1', 'msg_p1']);
    expect(receiver.received[0]?.body).toBe(receiver.received[1]?.body);
  });

  test('of one webhook leaves the same pop’s message to another alone', async () => {
    const [one, other] = await Promise.all([startReceiver(), startReceiver()]);
    one.next(status(410));
    const mail = openMailroom({ targets: { one: one.url, other: other.url } });
    await mail.pop('p1', ['one', 'other']);
    await mail.ended(2);
    await mail.resend('p1', 'one');
    await mail.ended(3);
    expect([one, other].map(({ received }) => received.length)).toEqual([2, 1]);
  });
});

describe('a webhook that is no longer configured', () => {
  test('has its messages die once, also those put off, and does not loop', async () => {
    const receiver = await startReceiver();
    receiver.answer = status(503);
    const first = openMailroom({ targets: { old: receiver.url } });
    await Promise.all(names(3).map((name) => first.pop(name, ['old'])));
    await first.putOff('old', 3, 1);
    await first.stop();

    const { dir, clock } = first;
    const second = openMailroom({ dir, clock, targets: {} });
    expect((await second.ended(3)).sort()).toEqual(
      names(3).map((name) => `${name} old failed not_configured 1`),
    );
    await clock.advance(24 * 3_600_000);
    await second.resend('p0', 'old');
    await second.ended(4);
    await clock.advance(24 * 3_600_000);
    expect(second.ends()).toHaveLength(4);
    expect(second.store.outbox.deadLetters()).toHaveLength(3);
    expect(receiver.received).toHaveLength(3);
  });
});
