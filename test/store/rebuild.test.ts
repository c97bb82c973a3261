import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contents, intent, type Ledger, mail, openLedger, refused, result } from '../support/ledger.ts';
import { tempDir } from '../support/temp-dir.ts';

const KEYS = ['key-p1', 'key-p2', 'key-p3', 'key-p4', 'key-p5', 'key-r1', 'key-none'];
/** SQLite’s own size of a page. */
const PAGE = 4096;
const database = (dir: string) => join(dir, 'poptray.db');

/** A bit of everything that the log can say. */
async function history(ledger: Ledger) {
  const { append, clock } = ledger;
  for (const entry of [
    intent('p1'),
    result('p1', 'delivered', ['one', 'other']),
    mail('p1', 'one', 'delivered'),
    intent('p2'),
    result('p2', 'failed', ['one', 'other']),
    mail('p2', 'one', 'failed'),
    refused('r1'),
    result('p3', 'suppressed'),
    intent('p4'),
    intent('p5'),
    result('p5', 'delivered', ['one', 'other']),
    mail('p5', 'other', 'refused'),
    mail('p2', 'one', 'resent'),
  ]) {
    await append(entry);
    await clock.advance(7);
  }
}

/** A closed ledger with a history, and what its models said. */
async function written() {
  const ledger = openLedger();
  await history(ledger);
  const before = contents(ledger, KEYS);
  await ledger.close();
  return { dir: ledger.dir, clock: ledger.clock, before };
}

test('the history of these tests is what it should be', async () => {
  const { before } = await written();
  expect(before.byKey.map((entry) => entry?.status)).toEqual([
    'delivered',
    'failed',
    undefined,
    undefined,
    'delivered',
    undefined,
    undefined,
  ]);
  expect(before.openIntents).toEqual(['p4']);
  const waiting = before.waiting.map(({ popId, webhook }) => `${popId} ${webhook}`);
  // p1’s message to `one` is taken; that of p2 was given up and is sent again; that of p5 to `other` was refused.
  expect(waiting).toEqual(['p2 one', 'p5 one', 'p1 other', 'p2 other']);
  expect(before.dead).toMatchObject([{ popId: 'p5', webhook: 'other', failure: 'http_500' }]);
  expect(before.stopped).toEqual(['other']);
});

describe('the read models', () => {
  test('need nothing of the log but its new entries when they fit it', async () => {
    const { dir, clock, before } = await written();
    const again = openLedger(dir, clock);
    expect(again.read).toBe(0);
    expect(contents(again, KEYS)).toEqual(before);
    await again.close();
  });

  test('catch up from the last entry that they had', async () => {
    const { dir, clock } = await written();
    const copy = database(tempDir());
    writeFileSync(copy, readFileSync(database(dir)));
    const more = openLedger(dir, clock);
    await more.append(result('p4', 'unknown'));
    await more.append(result('p6', 'delivered', ['one']));
    const after = contents(more, [...KEYS, 'key-p6']);
    await more.close();
    replaceDatabase(dir, copy);
    const again = openLedger(dir, clock);
    expect(again.read).toBe(2);
    expect(contents(again, [...KEYS, 'key-p6'])).toEqual(after);
  });

  const losses: [string, (dir: string) => void][] = [
    ['is deleted', (dir) => removeDatabase(dir)],
    ['is deleted but for its write-ahead log', (dir) => rmSync(database(dir))],
    ['is empty', (dir) => replaceDatabase(dir)],
    [
      'is of an older version, without tables',
      (dir) => {
        replaceDatabase(dir);
        new DatabaseSync(database(dir)).close();
      },
    ],
    ['is of a newer version', (dir) => withDatabase(dir, 'PRAGMA user_version = 99')],
    ['is of another program', (dir) => withDatabase(dir, 'DROP TABLE outbox; PRAGMA user_version = 0')],
    ['lost what it had applied', (dir) => withDatabase(dir, 'DELETE FROM applied')],
    ['is text', (dir) => writeFileSync(database(dir), 'this is no database '.repeat(500))],
    ['is cut in half', (dir) => writeFileSync(database(dir), Buffer.alloc(9000, 'SQLite format 3\0'))],
    [
      'belongs to another log',
      (dir) =>
        withDatabase(dir, `UPDATE applied SET entry = '["2026-01-01T00:00:00.000Z",1,"result",null,null]'`),
    ],
    [
      'was not closed before the machine stopped',
      (dir) => withDatabase(dir, "UPDATE applied SET boot = 'another boot'"),
    ],
    ['is ahead of its log', (dir) => withDatabase(dir, 'UPDATE applied SET seq = seq + 100')],
  ];
  test.each(losses)('are rebuilt from the log when the database %s', async (_, damage) => {
    const { dir, clock, before } = await written();
    damage(dir);
    const again = openLedger(dir, clock);
    expect(again.read).toBe(14);
    expect(contents(again, KEYS)).toEqual(before);
    expect(again.faults).toEqual([]);
    await again.close();
    expect(openLedger(dir, clock).read).toBe(0);
  });

  test('are rebuilt when they stem from the log of another folder', async () => {
    const ours = await written();
    const theirs = openLedger(tempDir(), ours.clock);
    for (let turn = 0; turn < 20; turn += 1)
      await theirs.append(result(`other-${turn}`, 'delivered', ['one']));
    await theirs.close();
    replaceDatabase(ours.dir, database(theirs.dir));
    const again = openLedger(ours.dir, ours.clock);
    expect(contents(again, KEYS)).toEqual(ours.before);
    expect(again.store.findByKey('key-other-1')).toBeUndefined();
  });

  test('forget all when the log is gone', async () => {
    const { dir, clock } = await written();
    rmSync(join(dir, 'audit'), { recursive: true });
    const again = openLedger(dir, clock);
    expect(contents(again, KEYS)).toMatchObject({
      results: [],
      openIntents: [],
      waiting: [],
      dead: [],
      stopped: [],
    });
  });

  test('are rebuilt whichever page of the database is overwritten', async () => {
    const { dir, clock, before } = await written();
    const whole = readFileSync(database(dir));
    const garbage = fc.uint8Array({ minLength: PAGE, maxLength: PAGE });
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: whole.length / PAGE - 1 }), garbage, async (page, bytes) => {
        removeDatabase(dir);
        writeFileSync(database(dir), Buffer.from(whole).fill(bytes, page * PAGE, (page + 1) * PAGE));
        const again = openLedger(dir, clock);
        const found = contents(again, KEYS);
        await again.close();
        expect(again.read).toBe(14);
        expect(found).toEqual(before);
      }),
      { numRuns: 100 },
    );
  });

  test('can be rebuilt from a log of many batches', async () => {
    const { dir, clock, append, close } = openLedger();
    await Promise.all(
      Array.from({ length: 6000 }, (_, index) => append(result(`p${index}`, 'delivered', ['one']))),
    );
    await Promise.all(
      Array.from({ length: 5999 }, (_, index) => append(mail(`p${index}`, 'one', 'delivered'))),
    );
    await close();
    removeDatabase(dir);
    const again = openLedger(dir, clock);
    expect(again.read).toBe(12_000);
    expect(again.store.outbox.due('one', Number.MAX_SAFE_INTEGER, 10).map(({ popId }) => popId)).toEqual([
      'p5999',
    ]);
    expect(again.store.findByKey('key-p0')?.popId).toBe('p0');
  });
});

test('the database says from the start to the end that it is open, also when no entry comes', async () => {
  const { dir, clock } = await written();
  const boot = () => {
    const reader = new DatabaseSync(database(dir), { readOnly: true });
    const { boot } = reader.prepare('SELECT boot FROM applied').get() as { boot: string };
    reader.close();
    return boot;
  };
  expect(boot()).toBe('closed');
  const again = openLedger(dir, clock);
  expect(boot()).toBe(clock.boot);
  await again.close();
  expect(boot()).toBe('closed');
});

test('the database and its companions are for their owner alone', async () => {
  const { dir, store, append, close } = openLedger();
  await append(result('p1', 'delivered'));
  store.flush();
  const files = readdirSync(dir).filter((name) => name.startsWith('poptray.db'));
  expect(files).toEqual(['poptray.db', 'poptray.db-shm', 'poptray.db-wal']);
  for (const name of files) expect(statSync(join(dir, name)).mode & 0o777, name).toBe(0o600);
  await close();
});

function withDatabase(dir: string, sql: string): void {
  const opened = new DatabaseSync(database(dir));
  opened.exec(sql);
  opened.close();
}

function removeDatabase(dir: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(database(dir) + suffix, { force: true });
}

/** Puts another file, or an empty one, in its place. */
function replaceDatabase(dir: string, by?: string): void {
  removeDatabase(dir);
  writeFileSync(database(dir), by === undefined ? '' : readFileSync(by));
}
