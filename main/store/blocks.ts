/**
 * How many entries of each kind stand in each thousand of the log, so that a question of a long history need not read
 * all of it: what does not fit is passed over a block at a time.
 */
import type { DatabaseSync } from 'node:sqlite';

/** Entries of the log, of which some are in the history. */
const BLOCK = 1024;

/** The columns of the history by which it is counted. */
export interface Kind {
  readonly type: string;
  readonly status: string | null;
  readonly code: string | null;
  readonly application: string | null;
  readonly userId: string | null;
}

/** A stretch of the history that may have what is asked for: entries `from` to `to`, that one not included. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

interface Counted extends Stretch {
  readonly count: number;
  /** Epoch milliseconds. */
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface Blocks {
  /** Counts a row of the history. */
  add(seq: number, at: number, kind: Kind): void;
  /** Writes what was counted, within the caller's transaction. */
  write(): void;
  /** Counts anew what is left up to this entry, within the caller's transaction, because rows were removed. */
  recount(upTo: number): void;
  /** Forgets what was counted and not written. */
  reset(): void;
  /**
   * The blocks that may have, in [from, to), epoch milliseconds, what fits a condition on `type`, `status`, `code`,
   * `application` and `user_id`; newest first.
   */
  counted(condition: string, values: readonly (string | number)[], from: number, to: number): Counted[];
  /** Where all of [from, to), epoch milliseconds, stands, and perhaps more. */
  around(from: number, to: number): Stretch;
}

interface Group extends Kind {
  readonly block: number;
  count: number;
  firstAt: number;
  lastAt: number;
}

export function createBlocks(database: DatabaseSync): Blocks {
  const upsert = database.prepare(
    `INSERT INTO blocks VALUES (?, ?, ifnull(?, ''), ifnull(?, ''), ifnull(?, ''), ifnull(?, ''), ?, ?, ?)
     ON CONFLICT DO UPDATE SET count = count + excluded.count,
       first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at)`,
  );
  const removeUpTo = database.prepare('DELETE FROM blocks WHERE block <= ?');
  const recountOne = database.prepare(
    `INSERT INTO blocks SELECT ? AS block, type, ifnull(status, ''), ifnull(code, ''), ifnull(application, ''),
       ifnull(user_id, ''), count(*), min(at), max(at)
     FROM history WHERE seq >= ? AND seq < ? GROUP BY 1, 2, 3, 4, 5, 6`,
  );
  const selectAround = database.prepare(
    'SELECT min(block) AS first, max(block) AS last FROM blocks WHERE last_at >= ? AND first_at < ?',
  );
  let groups = new Map<string, Group>();

  return {
    add(seq, at, kind) {
      const block = Math.floor(seq / BLOCK);
      const { type, status, code, application, userId } = kind;
      const name = `${block} ${type} ${status} ${code} ${userId} ${application}`;
      const group = groups.get(name);
      if (!group) {
        groups.set(name, { ...kind, block, count: 1, firstAt: at, lastAt: at });
        return;
      }
      group.count += 1;
      if (at < group.firstAt) group.firstAt = at;
      if (at > group.lastAt) group.lastAt = at;
    },
    write() {
      for (const { block, type, status, code, application, userId, ...counted } of groups.values()) {
        const { count, firstAt, lastAt } = counted;
        upsert.run(block, type, status, code, application, userId, count, firstAt, lastAt);
      }
      groups = new Map();
    },
    recount(upTo) {
      const block = Math.floor(upTo / BLOCK);
      removeUpTo.run(block);
      recountOne.run(block, block * BLOCK, (block + 1) * BLOCK);
    },
    reset() {
      groups = new Map();
    },
    counted(condition, values, from, to) {
      const rows = database
        .prepare(
          `SELECT block * ${BLOCK} AS "from", (block + 1) * ${BLOCK} AS "to", sum(count) AS count,
             min(first_at) AS firstAt, max(last_at) AS lastAt
           FROM blocks WHERE last_at >= ? AND first_at < ? AND ${condition} GROUP BY block ORDER BY block DESC`,
        )
        .all(from, to, ...values);
      return rows as unknown as Counted[];
    },
    around(from, to) {
      const { first, last } = selectAround.get(from, to) as { first: number | null; last: number | null };
      return first === null || last === null
        ? { from: 0, to: 0 }
        : { from: first * BLOCK, to: (last + 1) * BLOCK };
    },
  };
}
