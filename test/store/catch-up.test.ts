import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { openStore } from '../../main/store/store.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import type { NewAuditEntry } from '../../shared/new-entry.ts';
import { contents, intent, logToRead, mail, openLedger, refused, result } from '../support/ledger.ts';
import { tempDir } from '../support/temp-dir.ts';

const POPS = ['p1', 'p2', 'p3', 'p4'];
const KEYS = POPS.map((pop) => `key-${pop}`);
const FAR = Number.MAX_SAFE_INTEGER;

/** What may happen to a pop, in its order; messages of a pop follow its result. */
const life = fc.record({
  told: fc.subarray(['one', 'other']),
  end: fc.constantFrom('delivered', 'failed', 'none'),
  mails: fc.array(fc.constantFrom('delivered', 'failed', 'refused', 'resent'), { maxLength: 3 }),
});

function lifeOf(pop: string, { told, end, mails }: typeof life extends fc.Arbitrary<infer T> ? T : never) {
  if (end === 'none') return [intent(pop)];
  const webhook = told[0];
  const ends = webhook === undefined ? [] : mails.map((status) => mail(pop, webhook, status));
  return [intent(pop), result(pop, end as 'delivered' | 'failed', told), ...ends, refused(pop)];
}

/** Lives mixed as `turns` say, each in its own order. */
function mixed(lives: NewAuditEntry[][], turns: readonly number[]): NewAuditEntry[] {
  const entries: NewAuditEntry[] = [];
  for (const turn of turns) entries.push(...(lives[turn % lives.length]?.splice(0, 1) ?? []));
  return [...entries, ...lives.flat()];
}

/** Where the log has it. */
function placeOf({ dir }: { dir: string }, { seq }: AuditEntry): number {
  const [found] = logToRead(dir).entries(seq, seq);
  if (!found) throw new Error(`no entry ${seq}`);
  return found.place;
}

test('the models are the same when the last day is read first, and while pops go on', async () => {
  const log = fc.tuple(
    fc.array(life, { minLength: 4, maxLength: 4 }),
    fc.array(fc.nat({ max: 3 }), { maxLength: 20 }),
  );
  await fc.assert(
    fc.asyncProperty(log, fc.nat({ max: 30 }), fc.nat({ max: 3 }), async ([lives, turns], recent, after) => {
      const ledger = openLedger();
      for (const entry of mixed(
        lives.map((one, at) => lifeOf(POPS[at] as string, one)),
        turns,
      )) {
        await ledger.append(entry);
        await ledger.clock.advance(3_600_000);
      }
      const before = logToRead(ledger.dir);
      const late: AuditEntry[] = [];
      const added = [intent('late'), result('late', 'delivered', ['one']), intent('open')];
      const store = openStore(
        tempDir(),
        { ...before, recentFrom: () => Math.min(recent + 1, before.lastSeq) },
        ledger.clock,
        (fault) => {
          throw fault;
        },
      );
      let turn = 0;
      for (const step of store.catchUp()) {
        if (turn === after) {
          for (const entry of added.splice(0)) late.push(await ledger.append(entry));
          for (const entry of late) store.apply(entry, placeOf(ledger, entry));
          store.flush();
        }
        if (step.knowsRecent) expect(store.findByKey('key-none')).toBeUndefined();
        turn += 1;
      }
      for (const entry of added) {
        const appended = await ledger.append(entry);
        store.apply(appended, placeOf(ledger, appended));
      }
      const seen = everythingIn({ ...ledger, store });
      expect(seen).toEqual(everythingIn(ledger));
      expect(ledger.faults).toEqual([]);
      store.close();
      await ledger.close();
    }),
    { numRuns: 60 },
  );
});

function everythingIn(ledger: ReturnType<typeof openLedger>) {
  const { queries } = ledger.store;
  const to = ledger.clock.now() + 3_600_000;
  const { openIntents, ...rest } = contents(ledger, [...KEYS, 'key-late']);
  return {
    ...rest,
    openIntents: openIntents.toSorted(),
    page: queries.page({}, 0, 500),
    stats: queries.stats(to - 48 * 3_600_000, to, 10),
  };
}

test('what the last day says is known before the rest is read', async () => {
  const ledger = openLedger();
  for (let pop = 0; pop < 600; pop += 1) await ledger.append(result(`p${pop}`, 'delivered'));
  await ledger.append(intent('cut off'));
  const store = openStore(tempDir(), logToRead(ledger.dir, 500), ledger.clock, () => {});
  const steps = store.catchUp();
  for (const { knowsRecent } of steps) if (knowsRecent) break;
  expect(store.findByKey('key-p598')?.popId).toBe('p598');
  expect(store.openIntents().map(({ popId }) => popId)).toEqual(['cut off']);
  expect(store.queries.page({}, 0, 1).entries[0]?.popId).toBe('p599');
  expect(store.findByKey('key-p400')).toBeUndefined();
  store.close();
});

test('one that was cut short is begun anew', async () => {
  const ledger = openLedger();
  for (let pop = 0; pop < 600; pop += 1) await ledger.append(result(`p${pop}`, 'delivered', ['one']));
  await ledger.close();
  rmSync(join(ledger.dir, 'poptray.db'));
  const cut = openStore(ledger.dir, logToRead(ledger.dir, 500), ledger.clock, () => {});
  cut.catchUp().next();
  cut.close();
  const again = openLedger(ledger.dir, ledger.clock);
  expect(again.read).toBe(601);
  expect(again.store.outbox.due('one', FAR, 1000)).toHaveLength(600);
});

test('a disk that fails for a while holds it up, and nothing is lost', async () => {
  const ledger = openLedger();
  for (let pop = 0; pop < 600; pop += 1) await ledger.append(result(`p${pop}`, 'delivered'));
  const faults: unknown[] = [];
  const dir = tempDir();
  const store = openStore(dir, logToRead(ledger.dir), ledger.clock, (fault) => faults.push(fault));
  const { DatabaseSync } = await import('node:sqlite');
  const other = new DatabaseSync(join(dir, 'poptray.db'));
  const stuck: boolean[] = [];
  for (const { isStuck } of store.catchUp()) {
    if (stuck.length === 0) other.exec('BEGIN IMMEDIATE');
    if (stuck.length === 2) other.close();
    stuck.push(isStuck);
  }
  expect(stuck.slice(0, 3)).toEqual([false, true, true]);
  expect(stuck.slice(3)).not.toContain(true);
  expect(faults).toHaveLength(2);
  expect(store.queries.page({}, 0, 1).total).toBe(600);
  store.close();
});
