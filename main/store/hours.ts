/** A tally for each hour, so that a question of many days need not read every pop of them. */
import type { DatabaseSync } from 'node:sqlite';
import { addSample, bytesOf, type Sample, type Tally, tallyOf } from './tally.ts';

export const HOUR_MS = 3_600_000;

export interface Hours {
  /** Counts a pop that ended at `at` (epoch milliseconds); kept by the next `write`. */
  add(at: number, sample: Sample): void;
  /** Within the caller's transaction. */
  write(): void;
  /** Drops what was counted since the last commit, before it is counted again. */
  reset(): void;
  /** The tallies of the hours that begin in [from, to), with their beginnings, oldest first. */
  between(from: number, to: number): { at: number; tally: Tally }[];
}

export function createHours(database: DatabaseSync): Hours {
  const select = database.prepare('SELECT tally FROM hours WHERE hour = ?');
  const selectRange = database.prepare(
    'SELECT hour, tally FROM hours WHERE hour >= ? AND hour < ? ORDER BY hour',
  );
  const upsert = database.prepare('INSERT OR REPLACE INTO hours VALUES (?, ?)');
  let changed = new Map<number, Tally>();

  return {
    add(at, sample) {
      const hour = Math.floor(at / HOUR_MS);
      const tally = changed.get(hour) ?? tallyOf(select.get(hour)?.tally as Uint8Array | undefined);
      changed.set(hour, tally);
      addSample(tally, sample);
    },
    write() {
      for (const [hour, tally] of changed) upsert.run(hour, bytesOf(tally));
      changed = new Map();
    },
    reset() {
      changed = new Map();
    },
    between: (from, to) =>
      selectRange.all(Math.ceil(from / HOUR_MS), Math.ceil(to / HOUR_MS)).map(({ hour, tally }) => {
        return { at: (hour as number) * HOUR_MS, tally: tallyOf(tally as Uint8Array) };
      }),
  };
}
