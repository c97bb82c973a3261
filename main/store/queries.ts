/** Questions that people ask of the history: pages of it, and how fast and how well seen the pops were. */
import type { DatabaseSync } from 'node:sqlite';
import type { ApiRequest, ApiResponse } from '../../shared/api.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import { HOUR_MS, type Hours, SAMPLE_COLUMNS } from './hours.ts';
import {
  addSample,
  addTally,
  chartBucket,
  chartTotals,
  emptyTally,
  type Sample,
  type Tally,
} from './tally.ts';

type Filter = ApiRequest<'auditQuery'>['filter'];
type Stats = ApiResponse<'stats'>;

export interface Queries {
  /** Results and refusals, newest first. */
  page(filter: Filter, offset: number, limit: number): { total: number; entries: AuditEntry[] };
  /**
   * Latency and focus of the results in [from, to), epoch milliseconds, in that many equal buckets; where one
   * is an hour or longer, of the whole hours that begin in the range. Quantiles are within 2 %.
   */
  stats(from: number, to: number, buckets: number): Stats;
  /** How the pops since `from` ended. */
  tally(from: number): { delivered: number; failed: number };
  /** Whether a pop was ever delivered. */
  hasDelivered(): boolean;
  /** The result or refusal of a pop. */
  byPopId(popId: string): AuditEntry | undefined;
}

/** `flush` writes what the store has gathered, so that every answer is up to date. */
export function createQueries(database: DatabaseSync, hours: Hours, flush: () => void): Queries {
  const tally = database.prepare(
    "SELECT status, count(*) AS n FROM history WHERE type = 'result' AND at >= ? GROUP BY status",
  );
  const samples = database.prepare(
    `SELECT ${SAMPLE_COLUMNS} FROM history WHERE type = 'result' AND at >= ? AND at < ?`,
  );
  const delivered = database.prepare(
    "SELECT 1 FROM history WHERE type = 'result' AND status = 'delivered' LIMIT 1",
  );
  const popById = database.prepare(
    `SELECT entry FROM history JOIN entries USING (seq)
     WHERE at BETWEEN ? AND ? AND pop_id = ? ORDER BY seq DESC LIMIT 1`,
  );

  return {
    page(filter, offset, limit) {
      flush();
      const { where, values } = conditionsOf(filter);
      const { n } = database.prepare(`SELECT count(*) AS n FROM history WHERE ${where}`).get(...values) as {
        n: number;
      };
      const rows = database
        // What is passed over is passed over in the narrow rows.
        .prepare(
          `SELECT entry FROM entries WHERE seq IN
             (SELECT seq FROM history WHERE ${where} ORDER BY seq DESC LIMIT ? OFFSET ?) ORDER BY seq DESC`,
        )
        .all(...values, limit, offset);
      return { total: n, entries: rows.map((row) => JSON.parse(row.entry as string) as AuditEntry) };
    },

    stats(from, to, count) {
      flush();
      const width = Math.max(1, (to - from) / count);
      const buckets = Array.from({ length: count }, emptyTally);
      const bucketAt = (at: number) =>
        buckets[Math.max(0, Math.min(count - 1, Math.floor((at - from) / width)))] as Tally;
      if (width < HOUR_MS) {
        for (const sample of samples.iterate(from, to)) {
          addSample(bucketAt(sample.at as number), sample as unknown as Sample);
        }
      } else {
        for (const hour of hours.between(from, to)) addTally(bucketAt(hour.at), hour.tally);
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
      const rows = tally.all(from) as { status: string; n: number }[];
      const countOf = (status: string) => rows.find((row) => row.status === status)?.n ?? 0;
      return { delivered: countOf('delivered'), failed: countOf('failed') };
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
      const row = popById.get(made - 60_000, made + 60_000, popId);
      return row && (JSON.parse(row.entry as string) as AuditEntry);
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
