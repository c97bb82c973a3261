/** Questions that people ask of the history: pages of it, and how fast and how well seen the pops were. */
import type { DatabaseSync } from 'node:sqlite';
import type { ApiRequest, ApiResponse } from '../../shared/api.ts';
import type { AuditEntry, Place } from '../../shared/audit.ts';
import type { Blocks, Stretch } from './blocks.ts';
import type { LogToRead } from './catch-up-steps.ts';
import { QUARTER_MS, type Quarters, SAMPLE_COLUMNS } from './quarters.ts';
import {
  addSample,
  addTally,
  chartBucket,
  chartTotals,
  emptyTally,
  outcomesOf,
  type Sample,
  type Tally,
} from './tally.ts';

type Filter = ApiRequest<'auditQuery'>['filter'];
type Stats = ApiResponse<'stats'>;

export interface Queries {
  /** Results, refusals and changes, newest first. */
  page(filter: Filter, offset: number, limit: number): { total: number; entries: AuditEntry[] };
  /**
   * Latency and focus of the results in [from, to), epoch milliseconds, in that many equal buckets; where one
   * is a quarter of an hour or longer, of the whole quarters that begin in the range. Quantiles are within 2 %.
   */
  stats(from: number, to: number, buckets: number): Stats;
  /** How the pops ended since `from`, in epoch milliseconds; since the next quarter of an hour, if none begins then. */
  tally(from: number): { delivered: number; failed: number };
  /** Whether a pop was ever delivered. */
  hasDelivered(): boolean;
  /** The result or refusal of a pop. */
  byPopId(popId: string): AuditEntry | undefined;
}

interface QueriesDeps {
  readonly log: Pick<LogToRead, 'at'>;
  readonly quarters: Quarters;
  readonly blocks: Blocks;
  /** Writes what the store has gathered, so that every answer is up to date. */
  readonly flush: () => void;
}

export function createQueries(
  database: DatabaseSync,
  { log, quarters, blocks, flush }: QueriesDeps,
): Queries {
  const samples = database.prepare(
    `SELECT ${SAMPLE_COLUMNS} FROM history WHERE seq >= ? AND seq < ? AND type = 'result' AND at >= ? AND at < ?`,
  );
  const delivered = database.prepare(
    "SELECT 1 FROM blocks WHERE type = 'result' AND status = 'delivered' LIMIT 1",
  );
  const popById = database.prepare(
    'SELECT seq, place FROM history WHERE seq >= ? AND seq < ? AND pop_id = ? ORDER BY seq DESC LIMIT 1',
  );

  /** The blocks that have what fits, newest first, with how much; those that are partly in the range are counted by their rows. */
  function fitting(filter: Filter): { stretch: Stretch; count: number }[] {
    const { from = 0, to = Number.MAX_SAFE_INTEGER, ...kind } = filter;
    const { where, values } = conditionsOf(kind);
    return blocks.counted(where, values, from, to).map((block) => {
      const isWhole = block.firstAt >= from && block.lastAt < to;
      return { stretch: block, count: isWhole ? block.count : countIn(block, filter) };
    });
  }

  function countIn({ from, to }: Stretch, filter: Filter): number {
    const { where, values } = conditionsOf(filter);
    const counted = database
      .prepare(`SELECT count(*) AS n FROM history WHERE seq >= ? AND seq < ? AND ${where}`)
      .get(from, to, ...values);
    return counted?.n as number;
  }

  return {
    page(filter, offset, limit) {
      flush();
      const { where, values } = conditionsOf(filter);
      const select = database.prepare(
        `SELECT seq, place FROM history WHERE seq >= ? AND seq < ? AND ${where} ORDER BY seq DESC LIMIT ? OFFSET ?`,
      );
      const places: Place[] = [];
      let [total, toPass] = [0, offset];
      for (const { stretch, count } of fitting(filter)) {
        total += count;
        const left = limit - places.length;
        if (left > 0 && toPass < count) {
          const rows = select.all(stretch.from, stretch.to, ...values, left, toPass);
          places.push(...(rows as unknown as Place[]));
        }
        toPass = Math.max(0, toPass - count);
      }
      return { total, entries: log.at(places) };
    },

    stats(from, to, count) {
      flush();
      const width = Math.max(1, (to - from) / count);
      const buckets = Array.from({ length: count }, emptyTally);
      const bucketAt = (at: number) =>
        buckets[Math.max(0, Math.min(count - 1, Math.floor((at - from) / width)))] as Tally;
      if (width < QUARTER_MS) {
        const stretch = blocks.around(from, to);
        for (const sample of samples.iterate(stretch.from, stretch.to, from, to)) {
          addSample(bucketAt(sample.at as number), sample as unknown as Sample);
        }
      } else {
        quarters.addUp(from, to, bucketAt);
      }
      const total = emptyTally();
      for (const bucket of buckets) addTally(total, bucket);
      return {
        buckets: buckets.map((bucket, index) => chartBucket(bucket, Math.round(from + index * width))),
        ...chartTotals(total),
      };
    },

    tally(from) {
      flush();
      const total = emptyTally();
      quarters.addUp(from, Number.MAX_SAFE_INTEGER, () => total);
      return outcomesOf(total);
    },

    hasDelivered() {
      flush();
      return delivered.get() !== undefined;
    },

    byPopId(popId) {
      flush();
      // A UUIDv7 begins with its time; a pop ends within a minute of it.
      const made = Number.parseInt(popId.replaceAll('-', '').slice(0, 12), 16);
      if (!/^[0-9a-f-]{36}$/.test(popId) || Number.isNaN(made)) return undefined;
      const { from, to } = blocks.around(made - 60_000, made + 60_000);
      const row = popById.get(from, to, popId) as Place | undefined;
      return row && log.at([row])[0];
    },
  };
}

function conditionsOf({ types, userId, application, status, code, from, to }: Filter) {
  const conditions: string[] = ['1'];
  const values: (string | number)[] = [];
  const add = (condition: string, ...bound: (string | number)[]) => {
    conditions.push(condition);
    values.push(...bound);
  };
  if (types) add(`type IN (${types.map(() => '?').join(', ') || 'NULL'})`, ...types);
  // A range rather than LIKE: no wildcards to escape.
  if (userId) add('user_id >= ? AND user_id < ?', userId, `${userId}\u{10ffff}`);
  if (application) add('application = ?', application);
  if (status) add('status = ?', status);
  if (code) add('code = ?', code);
  if (from !== undefined) add('at >= ?', from);
  if (to !== undefined) add('at < ?', to);
  return { where: conditions.join(' AND '), values };
}
