import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { intent, mail, openLedger, refused, result } from '../support/ledger.ts';
import { spoil } from '../support/spoil.ts';

describe('a key', () => {
  test('is found at once, and when it was written', async () => {
    const { store, append } = openLedger();
    const entry = await append(result('p1', 'delivered'));
    expect(store.findByKey('key-p1')).toEqual(entry);
    store.flush();
    expect(store.findByKey('key-p1')).toEqual(entry);
    expect(store.findByKey('key-p2')).toBeUndefined();
  });

  test('brings its last result, before and after it was written', async () => {
    const { store, append } = openLedger();
    await append(result('p1', 'failed', [], 'key'));
    store.flush();
    await append(result('p2', 'delivered', [], 'key'));
    expect(store.findByKey('key')?.popId).toBe('p2');
    store.flush();
    expect(store.findByKey('key')?.popId).toBe('p2');
  });

  test('is not taken by a refusal or an intent', async () => {
    const { store, append } = openLedger();
    await append(refused('p1'));
    await append(intent('p1'));
    for (let turn = 0; turn < 2; turn += 1) {
      expect(store.findByKey('key-p1')).toBeUndefined();
      store.flush();
    }
  });
});

test('a line of the log that somebody has copied counts once, in the history and in the statistics', async () => {
  const { store, append, clock } = openLedger();
  const entry = await append(result('p1', 'delivered'));
  await append(refused('p2'));
  store.apply(entry, 0);
  store.flush();
  const { total } = store.queries.page({}, 0, 9);
  const { buckets, histogram } = store.queries.stats(clock.now() - 3_600_000, clock.now() + 3_600_000, 1);
  const sum = (counts: Iterable<number>) => [...counts].reduce((all, count) => all + count, 0);
  expect([total, sum(histogram.map(({ count }) => count))]).toEqual([2, 1]);
  expect(buckets).toMatchObject([{ delivered: 1, failed: 0 }]);
});

describe('writing', () => {
  test('shares one transaction among all entries of twenty milliseconds', async () => {
    const { dir, clock, append } = openLedger();
    const reader = new DatabaseSync(join(dir, 'poptray.db'), { readOnly: true });
    onTestFinished(() => reader.close());
    const count = () => reader.prepare('SELECT count(*) AS n FROM history').get()?.n;
    for (let turn = 0; turn < 5; turn += 1) await append(result(`p${turn}`, 'delivered'));
    await clock.advance(19);
    expect(count()).toBe(0);
    await clock.advance(1);
    expect(count()).toBe(5);
  });

  test('is tried again after a fault; meanwhile keys are found all the same', async () => {
    const { dir, store, clock, append, faults } = openLedger();
    await append(result('p0', 'delivered'));
    store.flush();
    const other = new DatabaseSync(join(dir, 'poptray.db'));
    other.exec('BEGIN IMMEDIATE');
    await append(intent('p1'));
    const entry = await append(result('p1', 'delivered', ['one']));
    await clock.advance(20);
    expect(faults).toHaveLength(1);
    expect(store.findByKey('key-p1')).toEqual(entry);
    // An answer from the outbox would be older than the log.
    expect(() => store.outbox.due('one', Number.MAX_SAFE_INTEGER, 10)).toThrow('lag behind the log');
    expect(() => store.outbox.deadLetters()).toThrow('lag behind the log');
    // Not over and over: the disk has a second.
    const tried = faults.length;
    await clock.advance(999);
    expect(faults).toHaveLength(tried);
    other.close();
    await clock.advance(1);
    expect(store.findByKey('key-p1')).toEqual(entry);
    expect(store.outbox.due('one', Number.MAX_SAFE_INTEGER, 10)).toHaveLength(1);
  });

  test('that fails to the end costs nothing but a rebuild', async () => {
    const { dir, clock, append, close, faults } = openLedger();
    const other = new DatabaseSync(join(dir, 'poptray.db'));
    other.exec('BEGIN IMMEDIATE');
    await append(result('p1', 'delivered', ['one']));
    await close();
    expect(faults).toHaveLength(1);
    // No timer is left that would write into the closed database.
    await clock.advance(10_000);
    expect(faults).toHaveLength(1);
    other.close();
    const again = openLedger(dir, clock);
    expect(again.store.findByKey('key-p1')?.popId).toBe('p1');
  });
});

describe('the entries of a call', () => {
  const ofCall = (popId: string, interaction: string, party: string | null = null) => ({
    ...result(popId, 'delivered'),
    interaction,
    party,
  });

  test('are its intents, deliveries and results, oldest first, written or not', async () => {
    const { store, append, clock } = openLedger();
    await append({ ...intent('p1'), interaction: 'call' });
    await append({ ...ofCall('p1', 'call'), type: 'delivery' });
    await append(ofCall('p1', 'call'));
    await append({ ...refused('p2'), interaction: 'call' });
    await append(ofCall('p3', 'other'));
    await clock.advance(5000);
    await append(ofCall('p4', 'call'));
    const entries = store.entriesOf('call').map(({ type, popId }) => `${type} ${popId}`);
    expect(entries).toEqual(['intent p1', 'delivery p1', 'result p1', 'result p4']);
  });

  test('are found by the party, those of the call that was heard of last first', async () => {
    const { store, append, clock } = openLedger();
    await append(ofCall('p1', 'one', 'ada'));
    await append(ofCall('p2', 'two', 'ada'));
    await append(ofCall('p3', 'else', 'grace'));
    await append(ofCall('p4', 'one', 'ada'));
    await clock.advance(5000);
    expect(store.callsOf('ada')).toEqual(['one', 'two']);
    await append(ofCall('p5', 'three', 'ada'));
    expect(store.callsOf('ada')).toEqual(['three', 'one', 'two']);
    expect(store.callsOf('nobody')).toEqual([]);
  });
});

describe('an intent', () => {
  test('is open until its result, in whatever batch that comes', async () => {
    const { store, append } = openLedger();
    await append(intent('p1'));
    await append(intent('p2'));
    await append(result('p1', 'delivered'));
    expect(store.openIntents().map(({ popId }) => popId)).toEqual(['p2']);
    await append(intent('p3'));
    await append(result('p2', 'failed'));
    expect(store.openIntents().map(({ popId }) => popId)).toEqual(['p3']);
  });
});

describe('the outbox', () => {
  const far = Number.MAX_SAFE_INTEGER;

  test('holds a message for each webhook until it is closed, whatever shares its batch', async () => {
    for (const flushesBetween of [false, true]) {
      const { store, append } = openLedger();
      for (const entry of [
        result('p1', 'delivered', ['one', 'other']),
        result('p2', 'delivered', ['one']),
        mail('p1', 'one', 'delivered'),
        mail('p2', 'one', 'failed'),
      ]) {
        await append(entry);
        if (flushesBetween) store.flush();
      }
      const names = [...store.outbox.due('one', far, 9), ...store.outbox.due('other', far, 9)];
      expect(names.map(({ popId, webhook }) => `${popId} ${webhook}`)).toEqual(['p1 other']);
      expect(store.outbox.webhooks()).toEqual(['other']);
      expect(store.outbox.deadLetters()).toMatchObject([{ popId: 'p2', webhook: 'one', attempts: 1 }]);
      expect(store.outbox.pendingCount()).toBe(1);
    }
  });

  test('gives what is due, what was tried before first, and no more than asked for', async () => {
    const { store, append, clock } = openLedger();
    for (const name of ['p1', 'p2', 'p3']) {
      await append(result(name, 'delivered', ['one']));
      await clock.advance(1000);
    }
    const [first] = store.outbox.due('one', clock.now(), 1);
    expect(first).toMatchObject({ id: 'msg_p1', webhook: 'one', popId: 'p1', attempts: 0 });
    if (first) store.outbox.postpone(first, 1, clock.now() + 5000, 'http_500');
    expect(store.outbox.due('one', clock.now(), 9).map(({ popId }) => popId)).toEqual(['p2', 'p3']);
    expect(store.outbox.nextDueAfter('one', clock.now())).toBe(clock.now() + 5000);
    expect(store.outbox.nextDueAfter('one', clock.now() + 5000)).toBeUndefined();
    expect(store.outbox.due('one', clock.now() + 5000, 9)[0]).toMatchObject({ popId: 'p1', attempts: 1 });
    expect(store.outbox.due('other', far, 9)).toEqual([]);
  });

  test('gives up a message whose result others have spoiled in the log, and goes on to those behind it', async () => {
    const { store, append, dir, clock } = openLedger();
    for (const name of ['p1', 'p2', 'p3']) await append(result(name, 'delivered', ['one']));
    spoil(dir, 'p1');
    expect(store.outbox.due('one', clock.now(), 1)).toMatchObject([{ popId: 'p2' }]);
    expect(store.outbox.due('one', clock.now(), 9).map(({ popId }) => popId)).toEqual(['p2', 'p3']);
    expect(store.outbox.deadLetters()).toMatchObject([{ popId: 'p1', failure: 'unreadable' }]);
  });

  test('knows whether there is still something to send of a message', async () => {
    const { store, append, dir } = openLedger();
    for (const name of ['p1', 'p2']) {
      await append(result(name, 'delivered', ['one']));
      await append(mail(name, 'one', 'failed'));
    }
    const letter = (popId: string, webhook = 'one') => ({ popId, webhook });
    expect(store.outbox.deadLetters()).toMatchObject([letter('p1'), letter('p2')]);
    spoil(dir, 'p1');
    const { isReadable } = store.outbox;
    expect([letter('p1'), letter('p2'), letter('p2', 'other'), letter('p3')].map(isReadable)).toEqual([
      false,
      true,
      false,
      false,
    ]);
  });

  test('knows at once that a webhook is stopped, and that it is started again', async () => {
    const { store, append, dir, clock, close } = openLedger();
    await append(result('p1', 'delivered', ['one']));
    await append(mail('p1', 'one', 'refused'));
    expect(store.outbox.isStopped('one')).toBe(true);
    expect(store.outbox.isStopped('other')).toBe(false);
    await close();
    const again = openLedger(dir, clock);
    expect(again.store.outbox.isStopped('one')).toBe(true);
    await again.append(mail('p1', 'one', 'resent'));
    expect(again.store.outbox.isStopped('one')).toBe(false);
    again.store.flush();
    expect(again.store.outbox.isStopped('one')).toBe(false);
  });
});
