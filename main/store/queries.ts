/** Questions that people ask of the history: pages of it, and how fast and how well seen the pops were. */
import type { DatabaseSync } from 'node:sqlite';
import type { ApiRequest, ApiResponse } from '../../shared/api.ts';
import type { AuditEntry } from '../../shared/audit.ts';

type Filter = ApiRequest<'auditQuery'>['filter'];
type Stats = ApiResponse<'stats'>;
type Quantiles = Stats['total'];

/** Upper bounds of the distribution's bars, in milliseconds. */
const BARS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000];

export interface Queries {
  /** Results and refusals, newest first. */
  page(filter: Filter, offset: number, limit: number): { total: number; entries: AuditEntry[] };
  /** Latency and focus of the results in [from, to), epoch milliseconds, in that many equal buckets. */
  stats(from: number, to: number, buckets: number): Stats;
  /** How the pops since `from` ended. */
  tally(from: number): { delivered: number; failed: number };
  /** Whether a pop was ever delivered. */
  hasDelivered(): boolean;
  /** The result or refusal of a pop. */
  byPopId(popId: string): AuditEntry | undefined;
}

interface Sample {
  readonly at: number;
  readonly status: string;
  readonly latency: number | null;
  readonly entry: string;
}

/** `flush` writes what the store has gathered, so that every answer is up to date. */
export function createQueries(database: DatabaseSync, flush: () => void): Queries {
  const tally = database.prepare(
    "SELECT status, count(*) AS n FROM history WHERE type = 'result' AND at >= ? GROUP BY status",
  );
  const samples = database.prepare(
    "SELECT at, status, latency_ms AS latency, entry FROM history WHERE type = 'result' AND at >= ? AND at < ? ORDER BY at",
  );
  const delivered = database.prepare(
    "SELECT 1 FROM history WHERE type = 'result' AND status = 'delivered' LIMIT 1",
  );
  const popById = database.prepare(
    'SELECT entry FROM history WHERE at BETWEEN ? AND ? AND entry LIKE ? ORDER BY seq DESC LIMIT 1',
  );

  return {
    page(filter, offset, limit) {
      flush();
      const { where, values } = conditionsOf(filter);
      const { n } = database.prepare(`SELECT count(*) AS n FROM history WHERE ${where}`).get(...values) as {
        n: number;
      };
      const rows = database
        .prepare(`SELECT entry FROM history WHERE ${where} ORDER BY seq DESC LIMIT ? OFFSET ?`)
        .all(...values, limit, offset);
      return { total: n, entries: rows.map((row) => JSON.parse(row.entry as string) as AuditEntry) };
    },

    stats(from, to, count) {
      flush();
      return statsOf(samples.all(from, to) as unknown as Sample[], from, to, count);
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
      const row = popById.get(made - 60_000, made + 60_000, `%"${popId}"%`);
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

function statsOf(samples: readonly Sample[], from: number, to: number, count: number): Stats {
  const width = Math.max(1, (to - from) / count);
  const slots: AuditEntry[][] = Array.from({ length: count }, () => []);
  for (const { at, entry } of samples) {
    slots[Math.min(count - 1, Math.floor((at - from) / width))]?.push(JSON.parse(entry) as AuditEntry);
  }
  const delivered = slots.flat().filter(isDelivered);
  const latencies = delivered.map(({ latencyMs }) => latencyMs ?? 0);
  const phase = (name: 'queue' | 'token' | 'delivery') =>
    quantiles(delivered.map(({ phases }) => phases?.[name] ?? 0));
  return {
    buckets: slots.map((entries, index) => {
      const shown = entries.filter(isDelivered);
      return {
        at: Math.round(from + index * width),
        latency: quantiles(shown.map(({ latencyMs }) => latencyMs ?? 0)),
        delivered: shown.length,
        failed: entries.filter(({ status }) => status === 'failed').length,
        focus: {
          yes: shown.filter(({ windowFocused }) => windowFocused === true).length,
          no: shown.filter(({ windowFocused }) => windowFocused === false).length,
          unknown: shown.filter(({ focusTracked }) => !focusTracked).length,
        },
      };
    }),
    total: quantiles(latencies),
    phases: { queue: phase('queue'), token: phase('token'), delivery: phase('delivery') },
    histogram: BARS_MS.map((upToMs, index) => ({
      upToMs,
      count: latencies.filter((ms) => ms <= upToMs && ms > (BARS_MS[index - 1] ?? -1)).length,
    })),
  };
}

function isDelivered({ status }: AuditEntry): boolean {
  return status === 'delivered';
}

/** By the nearest rank. */
function quantiles(values: number[]): Quantiles {
  if (values.length === 0) return null;
  values.sort((a, b) => a - b);
  const at = (share: number) => values[Math.max(0, Math.ceil(share * values.length) - 1)] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
