import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openStore } from '../../main/store/store.ts';
import { newEntry } from '../../shared/new-entry.ts';
import {
  contents,
  intent,
  type Ledger,
  logToRead,
  mail,
  openLedger,
  refused,
  result,
} from '../support/ledger.ts';
import { tempDir } from '../support/temp-dir.ts';

const HOUR_MS = 3_600_000;
const KEYS = Array.from({ length: 40 }, (_, index) => `key-p${index}`);

/** What retention leaves in the log, of which only the count is read here. */
const removed = (upTo: number) => newEntry('removed', { detail: `poptray/test\n${upTo}\nroot\n` });

/** Pops over some hours, ended in every way, and then the note that the first of them were removed. */
async function fill(ledger: Ledger, pops: number, upTo: number) {
  const { append, clock } = ledger;
  for (let pop = 0; pop < pops; pop += 1) {
    await append(intent(`p${pop}`));
    if (pop % 5 !== 4) await append(result(`p${pop}`, pop % 3 === 0 ? 'failed' : 'delivered', ['one']));
    if (pop % 3 === 1) await append(mail(`p${pop}`, 'one', 'failed'));
    if (pop % 4 === 0) await append(refused(`r${pop}`));
    await clock.advance(HOUR_MS / 7);
  }
  await append(removed(upTo));
}

/** The log without what is before that entry. */
function logFrom({ dir }: Ledger, first: number) {
  const log = logToRead(dir);
  return { ...log, entries: (from: number, to: number) => log.entries(Math.max(from, first), to) };
}

/** All that a store says, also when it is asked by the hour. */
function everythingIn(ledger: Ledger) {
  const { queries } = ledger.store;
  const to = ledger.clock.now();
  return {
    ...contents(ledger, KEYS),
    page: queries.page({}, 0, 500),
    stats: queries.stats(to - 30 * HOUR_MS, to, 10),
  };
}

test('the read models forget what retention has removed, as if they were built of what is left', async () => {
  const ledger = openLedger();
  await fill(ledger, 40, 60);
  await ledger.clock.advance(1000);
  const after = everythingIn(ledger);
  expect(after.page.entries.at(-1)?.seq).toBeGreaterThan(60);

  const left = logFrom(ledger, 61);
  const rebuilt = openStore(tempDir(), left, ledger.clock, (fault) => ledger.faults.push(fault));
  for (const _ of rebuilt.catchUp()) {
  }
  expect(everythingIn({ ...ledger, store: rebuilt })).toEqual(after);
  expect(ledger.faults).toEqual([]);
  rebuilt.close();
});

test('more than is forgotten in one step is forgotten as well', async () => {
  const ledger = openLedger();
  await Promise.all(
    Array.from({ length: 1300 }, (_, index) => ledger.append(result(`p${index}`, 'delivered'))),
  );
  await ledger.append(result('kept', 'delivered'));
  await ledger.append(removed(1301));
  for (let turn = 0; turn < 5; turn += 1) await ledger.clock.advance(20);
  expect(ledger.store.queries.page({}, 0, 10)).toMatchObject({ total: 1, entries: [{ popId: 'kept' }] });
});

test('what a stop has left of many is forgotten in steps, in which nobody waits for the log; a disk that fails is told in them', async () => {
  const ledger = openLedger();
  await Promise.all(
    Array.from({ length: 1300 }, (_, index) => ledger.append(result(`p${index}`, 'delivered'))),
  );
  await ledger.close();
  const again = openStore(ledger.dir, logFrom(ledger, 1301), ledger.clock, () => {});
  const other = new DatabaseSync(join(ledger.dir, 'poptray.db'));
  other.exec('BEGIN IMMEDIATE');
  const steps = again.catchUp();
  const step = { read: 0, of: 0, knowsRecent: true, isStuck: false };
  expect(steps.next().value).toEqual({ ...step, isStuck: true });
  other.close();
  const rest = [...steps];
  expect(rest.length).toBeGreaterThan(0);
  for (const one of rest) expect(one).toEqual(step);
  expect(again.queries.page({}, 0, 10)).toMatchObject({ total: 1 });
  again.close();
});

test('what a stop has left of it is forgotten at the next start', async () => {
  const ledger = openLedger();
  for (const pop of ['p0', 'p1', 'p2']) await ledger.append(result(pop, 'delivered', ['one']));
  await ledger.close();
  const left = logFrom(ledger, 3);
  const again = openStore(ledger.dir, left, ledger.clock, (fault) => ledger.faults.push(fault));
  expect([...again.catchUp()]).toEqual([]);
  expect(again.queries.page({}, 0, 10).entries.map(({ popId }) => popId)).toEqual(['p2', 'p1']);
  expect(again.outbox.due('one', Number.MAX_SAFE_INTEGER, 10).map(({ popId }) => popId)).toEqual([
    'p1',
    'p2',
  ]);
  expect(ledger.faults).toEqual([]);
  again.close();
});
