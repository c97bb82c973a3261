/** Statistics of a log in memory. */
import type { ApiResponse } from '../../shared/api.ts';
import type { AuditEntry } from '../../shared/audit.ts';

type Stats = ApiResponse<'stats'>;
const BARS = [5, 10, 20, 50, 100, 200, 500, 1000];

function quantilesOf(values: readonly number[]): Stats['total'] {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** Over the deliveries of the range. */
export function statsOf(log: readonly AuditEntry[], from: number, to: number, count: number): Stats {
  const width = (to - from) / count;
  const inRange = log.filter(({ timestamp }) => Date.parse(timestamp) >= from && Date.parse(timestamp) < to);
  const lists: AuditEntry[][] = Array.from({ length: count }, () => []);
  for (const entry of inRange) lists[Math.floor((Date.parse(entry.timestamp) - from) / width)]?.push(entry);
  const delivered = inRange.filter(({ status }) => status === 'delivered');
  const latencies = delivered.map(({ latencyMs }) => latencyMs ?? 0);
  const phase = (name: 'queue' | 'token' | 'delivery') =>
    quantilesOf(delivered.map(({ phases }) => phases?.[name] ?? 0));
  return {
    buckets: lists.map((list, index) => {
      const own = list.filter(({ status }) => status === 'delivered');
      const focus = (value: boolean | null) =>
        own.filter(({ windowFocused }) => windowFocused === value).length;
      return {
        at: Math.round(from + index * width),
        latency: quantilesOf(own.map(({ latencyMs }) => latencyMs ?? 0)),
        delivered: own.length,
        failed: list.filter(({ status }) => status === 'failed').length,
        focus: { yes: focus(true), no: focus(false), unknown: focus(null) },
      };
    }),
    total: quantilesOf(latencies),
    phases: { queue: phase('queue'), token: phase('token'), delivery: phase('delivery') },
    histogram: BARS.map((upToMs, index) => ({
      upToMs,
      count: latencies.filter((ms) => ms <= upToMs && ms > (BARS[index - 1] ?? -1)).length,
    })),
  };
}
