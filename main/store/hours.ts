/**
 * A tally for each hour, so that a question of many days need not read every pop of them. An hour is written once, when
 * it is over: until then it is in memory, and after a start it is counted again from the history's rows.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { Blocks } from './blocks.ts';
import { addSample, bytesOf, emptyTally, type Sample, type Tally, tallyOf } from './tally.ts';

export const HOUR_MS = 3_600_000;

/** The columns of a Sample, and when it was. */
export const SAMPLE_COLUMNS =
  'at, status, focused, total_ms AS total, queue_ms AS queue, token_ms AS token, delivery_ms AS delivery';

export interface Hours {
  /** Counts a pop that ended at `at` (epoch milliseconds). */
  add(at: number, sample: Sample): void;
  /** Writes the hours that are over, within the caller's transaction. */
  write(): void;
  /** Counts the hours up to this one anew, within the caller's transaction, because rows of them are gone. */
  recount(upTo: number): void;
  /** After a transaction that was rolled back, and after the history was emptied. */
  reset(): void;
  /** The tallies of the hours that begin in [from, to), with their beginnings. */
  between(from: number, to: number): { at: number; tally: Tally }[];
}

export function createHours(database: DatabaseSync, blocks: Blocks): Hours {
  const last = database.prepare('SELECT max(hour) AS hour FROM hours');
  const rows = database.prepare(
    `SELECT ${SAMPLE_COLUMNS} FROM history WHERE seq >= ? AND seq < ? AND type = 'result' AND at >= ? AND at < ?`,
  );
  const select = database.prepare('SELECT tally FROM hours WHERE hour = ?');
  const selectRange = database.prepare('SELECT hour, tally FROM hours WHERE hour >= ? AND hour < ?');
  const upsert = database.prepare('INSERT OR REPLACE INTO hours VALUES (?, ?)');
  const removeUpTo = database.prepare('DELETE FROM hours WHERE hour <= ?');
  /** The hours that are not written; undefined until they are counted. */
  let open: Map<number, Tally> | undefined;
  let written = Number.NEGATIVE_INFINITY;

  function counted(from: number, to: number): Map<number, Tally> {
    const hours = new Map<number, Tally>();
    const stretch = blocks.around(from, to);
    for (const row of rows.iterate(stretch.from, stretch.to, from, to)) {
      const sample = row as unknown as Sample & { readonly at: number };
      const hour = Math.floor(sample.at / HOUR_MS);
      const tally = hours.get(hour) ?? emptyTally();
      addSample(tally, sample);
      hours.set(hour, tally);
    }
    return hours;
  }

  function opened(): Map<number, Tally> {
    if (open) return open;
    written = (last.get()?.hour as number | null) ?? -1;
    open = counted((written + 1) * HOUR_MS, Number.MAX_SAFE_INTEGER);
    return open;
  }

  return {
    add(at, sample) {
      const hours = opened();
      const hour = Math.floor(at / HOUR_MS);
      // The clock may have gone back to an hour that is written.
      const tally = hours.get(hour) ?? tallyOf(select.get(hour)?.tally as Uint8Array | undefined);
      addSample(tally, sample);
      hours.set(hour, tally);
    },
    write() {
      const hours = opened();
      const newest = Math.max(...hours.keys());
      for (const [hour, tally] of hours) {
        if (hour === newest && hour > written) continue;
        upsert.run(hour, bytesOf(tally));
        hours.delete(hour);
        written = Math.max(written, hour);
      }
    },
    recount(upTo) {
      removeUpTo.run(upTo);
      for (const [hour, tally] of counted(0, (upTo + 1) * HOUR_MS)) upsert.run(hour, bytesOf(tally));
      open = undefined;
    },
    reset() {
      open = undefined;
    },
    between(from, to) {
      const [first, end] = [Math.ceil(from / HOUR_MS), Math.ceil(to / HOUR_MS)];
      const hours = new Map(
        selectRange.all(first, end).map(({ hour, tally }) => [hour as number, tallyOf(tally as Uint8Array)]),
      );
      for (const [hour, tally] of opened()) if (hour >= first && hour < end) hours.set(hour, tally);
      return [...hours].map(([hour, tally]) => ({ at: hour * HOUR_MS, tally }));
    },
  };
}
