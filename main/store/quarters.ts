/**
 * A tally for each quarter of an hour, so that a question of many days need not read every pop of them. One is written
 * once, when it is over: until then it is in memory, and after a start it is counted again from the history's rows.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Blocks } from './blocks.ts';
import {
  addBytes,
  addSample,
  addTally,
  bytesOf,
  emptyTally,
  type Sample,
  type Tally,
  tallyOf,
} from './tally.ts';

export const QUARTER_MS = 900_000;

/** The columns of a Sample, and when it was. */
export const SAMPLE_COLUMNS =
  'at, status, focused, total_ms AS total, queue_ms AS queue, token_ms AS token, delivery_ms AS delivery';

export interface Quarters {
  /** Counts what is there; to be called before rows are added, which would else be counted twice. */
  begin(): void;
  /** Counts a pop that ended at `at` (epoch milliseconds). */
  add(at: number, sample: Sample): void;
  /** Writes the quarters that are over, within the caller's transaction. */
  write(): void;
  /** Counts the quarters up to this one anew, within the caller's transaction, because rows of them are gone. */
  recount(upTo: number): void;
  /** After a transaction that was rolled back, and after the history was emptied. */
  reset(): void;
  /** Adds the tallies of the quarters that begin in [from, to), each to the one that `tallyAt` gives for its beginning. */
  addUp(from: number, to: number, tallyAt: (at: number) => Tally): void;
}

export function createQuarters(database: DatabaseSync, blocks: Blocks): Quarters {
  const last = database.prepare('SELECT max(quarter) AS quarter FROM quarters');
  const rows = database.prepare(
    `SELECT ${SAMPLE_COLUMNS} FROM history WHERE seq >= ? AND seq < ? AND type = 'result' AND at >= ? AND at < ?`,
  );
  const select = database.prepare('SELECT tally FROM quarters WHERE quarter = ?');
  const selectRange = database.prepare(
    'SELECT quarter, tally FROM quarters WHERE quarter >= ? AND quarter < ?',
  );
  const upsert = database.prepare('INSERT OR REPLACE INTO quarters VALUES (?, ?)');
  const removeUpTo = database.prepare('DELETE FROM quarters WHERE quarter <= ?');
  /** The quarters that are not written; undefined until they are counted. */
  let open: Map<number, Tally> | undefined;
  let written = Number.NEGATIVE_INFINITY;

  function counted(from: number, to: number): Map<number, Tally> {
    const quarters = new Map<number, Tally>();
    const stretch = blocks.around(from, to);
    for (const row of rows.iterate(stretch.from, stretch.to, from, to)) {
      const sample = row as unknown as Sample & { readonly at: number };
      const quarter = Math.floor(sample.at / QUARTER_MS);
      const tally = quarters.get(quarter) ?? emptyTally();
      addSample(tally, sample);
      quarters.set(quarter, tally);
    }
    return quarters;
  }

  function opened(): Map<number, Tally> {
    if (open) return open;
    written = (last.get()?.quarter as number | null) ?? -1;
    open = counted((written + 1) * QUARTER_MS, Number.MAX_SAFE_INTEGER);
    return open;
  }

  return {
    begin: opened,
    add(at, sample) {
      const quarters = opened();
      const quarter = Math.floor(at / QUARTER_MS);
      // The clock may have gone back to a quarter that is written.
      const tally = quarters.get(quarter) ?? tallyOf(select.get(quarter)?.tally as Uint8Array | undefined);
      addSample(tally, sample);
      quarters.set(quarter, tally);
    },
    write() {
      const quarters = opened();
      const newest = Math.max(...quarters.keys());
      for (const [quarter, tally] of quarters) {
        if (quarter === newest && quarter > written) continue;
        upsert.run(quarter, bytesOf(tally));
        quarters.delete(quarter);
        written = Math.max(written, quarter);
      }
    },
    recount(upTo) {
      removeUpTo.run(upTo);
      for (const [quarter, tally] of counted(0, (upTo + 1) * QUARTER_MS)) upsert.run(quarter, bytesOf(tally));
      open = undefined;
    },
    reset() {
      open = undefined;
    },
    addUp(from, to, tallyAt) {
      const [first, end] = [Math.ceil(from / QUARTER_MS), Math.ceil(to / QUARTER_MS)];
      const open = opened();
      for (const row of selectRange.iterate(first, end)) {
        const quarter = row.quarter as number;
        // The clock has gone back to one that is written: then that is in memory too.
        if (!open.has(quarter)) addBytes(tallyAt(quarter * QUARTER_MS), row.tally as Uint8Array);
      }
      for (const [quarter, tally] of open) {
        if (quarter >= first && quarter < end) addTally(tallyAt(quarter * QUARTER_MS), tally);
      }
    },
  };
}
