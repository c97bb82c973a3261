import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { AuditLog } from '../../main/pipeline/ports.ts';
import { createWebhookSender } from '../../main/webhooks/sender.ts';
import { webhookKey } from '../../main/webhooks/standard-webhooks.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import { WEBHOOK_SECRET } from '../support/environment.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { openLedger, result } from '../support/ledger.ts';
import { hang, startReceiver, status } from '../support/receiver.ts';
import { openMailroom } from '../support/webhook-service.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `p${index}`);
const ids = (count: number) => names(count).map((name) => `msg_${name}`);

describe('many messages', () => {
  test('are each sent once, whatever the receiver says to the first tries', async () => {
    const receiver = await startReceiver();
    const taken: string[] = [];
    let turn = 0;
    receiver.answer = (response, { id }) => {
      turn += 1;
      if (turn % 3 !== 0) taken.push(id);
      response.writeHead(turn % 3 === 0 ? 503 : 204).end();
    };
    const mail = openMailroom({ targets: { crm: receiver.url } });
    const all = names(300);
    for (let from = 0; from < all.length; from += 50) {
      await Promise.all(all.slice(from, from + 50).map((name) => mail.pop(name, ['crm'])));
      await mail.clock.advance(10);
    }
    while (taken.length < all.length) await mail.clock.advance(5000);
    await mail.ended(300);
    expect(taken.toSorted()).toEqual(ids(300).toSorted());
    expect(mail.store.outbox.due('crm', Number.MAX_SAFE_INTEGER, 1)).toEqual([]);
  });

  test('over a hundred wait on disk, not in memory, and are each sent once', async () => {
    const receiver = await startReceiver();
    const held: (() => void)[] = [];
    receiver.answer = (response) => held.push(() => response.writeHead(204).end());
    const mail = openMailroom({ targets: { crm: receiver.url } });
    await Promise.all(names(260).map((name) => mail.pop(name, ['crm'])));
    await receiver.got(4);
    const due = vi.spyOn(mail.store.outbox, 'due');
    receiver.answer = status(204);
    for (const release of held) release();
    await mail.ended(260);
    expect(receiver.received.map(({ id }) => id).toSorted()).toEqual(ids(260).toSorted());
    expect(due.mock.results.map(({ value }) => value.length)).toEqual(
      expect.arrayContaining([expect.toSatisfy((count: number) => count > 90 && count <= 104)]),
    );
  });
});

describe('a receiver that is slow', () => {
  test('and hangs delays no other', async () => {
    const [stuck, other] = await Promise.all([startReceiver(), startReceiver()]);
    stuck.answer = hang;
    const mail = openMailroom({ targets: { stuck: stuck.url, other: other.url } });
    await Promise.all(names(100).map((name) => mail.pop(name, ['stuck', 'other'])));
    expect(await mail.ended(100)).toHaveLength(100);
    expect(other.received).toHaveLength(100);
    expect(stuck.received).toHaveLength(4);
  });

  test('has fifteen seconds, and then counts as one that failed', async () => {
    // They end when the test says, which is once the receiver has the call: not before, however busy the machine is.
    const ends: (() => void)[] = [];
    const real = setTimeout;
    const timer = vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms: number) => {
      if (ms === 15_000) ends.push(run);
      return real(run, ms);
    }) as typeof setTimeout);
    const receiver = await startReceiver();
    receiver.next(hang);
    const mail = openMailroom({ targets: { crm: receiver.url } });
    await mail.pop('p1', ['crm']);
    await receiver.got(1);
    expect(ends).toHaveLength(1);
    for (const end of ends) end();
    expect(await mail.putOff('crm', 1, 1)).toEqual({ attempts: 1, inMs: 5000 });
    timer.mockRestore();
    await mail.clock.advance(5000);
    expect(await mail.ended(1)).toEqual(['p1 crm delivered null 2']);
  });

  test('F24 is believed when it says 200, however long the rest is', async () => {
    const receiver = await startReceiver();
    receiver.answer = (response) => response.writeHead(200).end('x'.repeat(2_000_000));
    const mail = openMailroom({ targets: { crm: receiver.url } });
    await mail.pop('p1', ['crm']);
    expect(await mail.ended(1)).toEqual(['p1 crm delivered null 1']);
  });
});

describe('a stop', () => {
  test('lets a call under way end, and does not send its message again', async () => {
    const receiver = await startReceiver();
    const asked = Promise.withResolvers<() => void>();
    receiver.next((response) => asked.resolve(() => response.writeHead(204).end()));
    const first = openMailroom({ targets: { crm: receiver.url } });
    await first.pop('p1', ['crm']);
    const answer = await asked.promise;
    const stopping = first.stop();
    answer();
    await stopping;
    expect(first.ends()).toEqual(['p1 crm delivered null 1']);
    expect(first.clock.pending()).toEqual([]);
    const second = openMailroom({ dir: first.dir, clock: first.clock, targets: { crm: receiver.url } });
    await second.pop('p2', ['crm']);
    expect(await receiver.got(2)).toEqual(['msg_p1', 'msg_p2']);
  });

  test('cuts a call that hangs after two seconds, begins no other, and all go out after the restart', async () => {
    const receiver = await startReceiver();
    receiver.answer = hang;
    const first = openMailroom({ targets: { crm: receiver.url } });
    await Promise.all(names(10).map((name) => first.pop(name, ['crm'])));
    await receiver.got(4);
    const began = first.clock.monotonic();
    await first.stop();
    expect(first.clock.monotonic() - began).toBe(2000);
    expect(first.clock.pending()).toEqual([]);
    expect(receiver.received).toHaveLength(4);

    receiver.answer = status(204);
    const second = openMailroom({ dir: first.dir, clock: first.clock, targets: { crm: receiver.url } });
    await second.ended(10);
    expect(
      receiver.received
        .slice(4)
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(ids(10).toSorted());
  });
});

describe('a fault of our own disk', () => {
  test('in the log has nothing sent again and again: the end is noted when it can be', async () => {
    const receiver = await startReceiver();
    const mail = openMailroom({ targets: { crm: receiver.url } });
    mail.faults.audit = true;
    await Promise.all(names(20).map((name) => mail.pop(name, ['crm'])));
    await receiver.got(4);
    for (let turn = 0; turn < 20; turn += 1) await mail.clock.advance(5000);
    expect(receiver.received).toHaveLength(4);
    expect(mail.ends()).toEqual([]);
    // Once for each message, however often its end cannot be noted.
    expect(mail.told).toHaveLength(4);
    mail.faults.audit = false;
    await mail.clock.advance(5000);
    await mail.ended(20);
    expect(receiver.received.map(({ id }) => id).toSorted()).toEqual(ids(20).toSorted());
  });

  test('in the log does not hold up a stop', async () => {
    const receiver = await startReceiver();
    const mail = openMailroom({ targets: { crm: receiver.url } });
    mail.faults.audit = true;
    await mail.pop('p1', ['crm']);
    await receiver.got(1);
    // It rests before it tries to note the end again.
    await vi.waitFor(() => expect(mail.clock.pending()).toContain(5000), { interval: 2 });
    await mail.stop();
  });

  test('in the database has nothing sent twice, and no message lost', async () => {
    const receiver = await startReceiver();
    receiver.next(status(503));
    const mail = openMailroom({ targets: { crm: receiver.url } });
    const unlock = lockDatabase(mail.dir);
    await mail.pop('p0', ['crm']);
    await receiver.got(1);
    for (let turn = 0; turn < 20; turn += 1) await mail.clock.advance(5000);
    expect(receiver.received).toHaveLength(1);

    // Those that are taken meanwhile are known from the log alone.
    await mail.pop('p1', ['crm']);
    await mail.ended(1);
    for (let turn = 0; turn < 20; turn += 1) {
      mail.wake();
      await mail.clock.advance(5000);
    }
    expect(receiver.received).toHaveLength(2);

    unlock();
    await mail.clock.advance(10_000);
    await mail.clock.advance(10_000);
    expect(await mail.ended(2)).toEqual(['p1 crm delivered null 1', 'p0 crm delivered null 2']);
    expect(await receiver.got(3)).toEqual(['msg_p0', 'msg_p1', 'msg_p0']);
  });
});

/** Has every write of the app to its database fail until it is called off. */
function lockDatabase(dir: string): () => void {
  const other = new DatabaseSync(join(dir, 'poptray.db'));
  other.exec('BEGIN IMMEDIATE');
  let isOpen = true;
  const unlock = () => {
    if (isOpen) other.close();
    isOpen = false;
  };
  onTestFinished(unlock);
  return unlock;
}

describe('a sender', () => {
  const emptyOutbox = {
    webhooks: (): string[] => [],
    due: () => [],
    nextDueAfter: () => undefined,
    postpone: () => {},
    isStopped: () => false,
    hasFailed: () => false,
  };

  function openSender(outbox: typeof emptyOutbox) {
    const clock = createFakeClock();
    const sendForHead = vi.fn(async () => ({ status: 204, headers: {} }));
    const append = vi.fn<AuditLog['append']>(() => Promise.reject(new Error('nothing is to be written')));
    const sender = createWebhookSender({
      clock,
      random: () => 0,
      http: { sendForHead },
      audit: { append },
      isBusy: () => false,
      onFault: () => {},
      report: () => {},
      checkpoint: () => '',
      onCheckpoint: () => {},
      target: () => ({ url: 'https://crm.example/', key: webhookKey(WEBHOOK_SECRET) }),
      outbox,
    });
    return { sender, clock, sendForHead, append };
  }

  test('looks again into an outbox that could not be read, without a pop or a restart, until it can be', async () => {
    const webhooks = vi.fn(emptyOutbox.webhooks).mockImplementationOnce(fail).mockImplementationOnce(fail);
    const { sender, clock } = openSender({ ...emptyOutbox, webhooks });
    sender.wake();
    await clock.advance(60_000);
    expect(webhooks).toHaveBeenCalledTimes(3);
    await sender.stop();
    expect(clock.pending()).toEqual([]);
  });

  test('that was stopped looks no more', async () => {
    const webhooks = vi.fn(emptyOutbox.webhooks).mockImplementation(fail);
    const { sender, clock } = openSender({ ...emptyOutbox, webhooks });
    sender.wake();
    await sender.stop();
    sender.wake();
    await clock.advance(60_000);
    expect(webhooks).toHaveBeenCalledTimes(1);
  });

  test('that stops waits for what is under way until its end is noted, and begins nothing more', async () => {
    const { append, close } = openLedger();
    const entries = await Promise.all(names(6).map((name) => append(result(name, 'delivered', ['crm']))));
    await close();
    const { sender, sendForHead, append: note } = openSender(emptyOutbox);
    const { promise: answer, resolve: answered } = Promise.withResolvers<void>();
    const { promise: noted, resolve: disk } = Promise.withResolvers<AuditEntry>();
    sendForHead.mockImplementation(() => answer.then(() => ({ status: 204, headers: {} })));
    note.mockImplementation(() => noted);
    for (const entry of entries) sender.enqueue(entry);
    await vi.waitFor(() => expect(sendForHead).toHaveBeenCalledTimes(4), { interval: 2 });
    const stopped = vi.fn();
    const stopping = sender.stop().then(stopped);
    await setImmediate();
    expect(stopped).not.toHaveBeenCalled();
    answered();
    await vi.waitFor(() => expect(note).toHaveBeenCalledTimes(4), { interval: 2 });
    await setImmediate();
    expect(stopped).not.toHaveBeenCalled();
    disk(entries[0] as AuditEntry);
    await stopping;
    expect(sendForHead).toHaveBeenCalledTimes(4);
  });

  test('that was stopped sends nothing that is offered to it', async () => {
    const { append, close } = openLedger();
    const entry = await append(result('p1', 'delivered', ['crm']));
    await close();
    const { sender, sendForHead } = openSender(emptyOutbox);
    await sender.stop();
    sender.enqueue(entry);
    // A lane begins what it is offered in the turn after.
    for (let turn = 0; turn < 3; turn += 1) await setImmediate();
    expect(sendForHead).not.toHaveBeenCalled();
  });
});

function fail(): never {
  throw new Error('EIO');
}
