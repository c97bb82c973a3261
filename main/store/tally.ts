/**
 * What became of many pops, in a form that can be added up: counts, and sketches of their latencies.
 *
 * A sketch counts in buckets that each are wider than the one before by the same factor, so that every quantile
 * is within ACCURACY of the true one. Source: Masson, Rim and Lee, "DDSketch", PVLDB 12 (2019).
 */
import type { ApiResponse } from '../../shared/api.ts';

type Stats = ApiResponse<'stats'>;
type Quantiles = Stats['total'];

const ACCURACY = 0.02;
const GROWTH = (1 + ACCURACY) / (1 - ACCURACY);
const LOG_GROWTH = Math.log(GROWTH);
/** In milliseconds: all below is the first bucket, all above MOST_MS the last. */
const LEAST_MS = 0.01;
const MOST_MS = 60_000;
const BUCKETS = 2 + Math.ceil(Math.log(MOST_MS / LEAST_MS) / LOG_GROWTH);

const COUNTERS = ['delivered', 'failed', 'focused', 'unfocused'] as const;
const LATENCIES = ['total', 'queue', 'token', 'delivery'] as const;
const LENGTH = COUNTERS.length + LATENCIES.length * BUCKETS;

/** Upper bounds of the distribution's bars, in milliseconds. */
const BARS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000];

/** The counters, then a sketch for each latency. */
export type Tally = Uint32Array;

/** How one pop ended; latencies in milliseconds. */
export type Sample = { readonly status: string; readonly focused: number | null } & {
  readonly [latency in (typeof LATENCIES)[number]]: number | null;
};

export function emptyTally(): Tally {
  return new Uint32Array(LENGTH);
}

/** From the bytes of one; an empty one when they are of another format. */
export function tallyOf(bytes: Uint8Array | undefined): Tally {
  const tally = emptyTally();
  if (bytes) addBytes(tally, bytes);
  return tally;
}

/** Most are nothing: a place and a count for each that is not. */
export function bytesOf(tally: Tally): Uint8Array {
  const pairs: number[] = [];
  for (const [place, count] of tally.entries()) if (count > 0) pairs.push(place, count);
  return new Uint8Array(Uint32Array.from(pairs).buffer);
}

/** Adds what is in the bytes of a tally; nothing when they are of another format. */
export function addBytes(to: Tally, bytes: Uint8Array): void {
  if (bytes.byteLength % 8 !== 0) return;
  const pairs = new Uint32Array(bytes.slice().buffer);
  for (let at = 0; at < pairs.length; at += 2) {
    const place = pairs[at] ?? LENGTH;
    if (place < LENGTH) to[place] = (to[place] ?? 0) + (pairs[at + 1] ?? 0);
  }
}

export function addSample(tally: Tally, sample: Sample): void {
  if (sample.status === 'failed') count(tally, 'failed');
  if (sample.status !== 'delivered') return;
  count(tally, 'delivered');
  if (sample.focused !== null) count(tally, sample.focused === 1 ? 'focused' : 'unfocused');
  for (const [index, latency] of LATENCIES.entries()) {
    const at = COUNTERS.length + index * BUCKETS + bucketOf(sample[latency] ?? 0);
    tally[at] = (tally[at] ?? 0) + 1;
  }
}

export function addTally(to: Tally, other: Tally): void {
  for (let at = 0; at < LENGTH; at += 1) to[at] = (to[at] ?? 0) + (other[at] ?? 0);
}

export function outcomesOf([delivered = 0, failed = 0]: Tally): { delivered: number; failed: number } {
  return { delivered, failed };
}

/** One bucket of the charts. */
export function chartBucket(tally: Tally, at: number): Stats['buckets'][number] {
  const [delivered = 0, failed = 0, yes = 0, no = 0] = tally;
  const focus = { yes, no, unknown: delivered - yes - no };
  return { at, latency: quantiles(tally, 'total'), delivered, failed, focus };
}

/** What the charts say of the whole range. */
export function chartTotals(tally: Tally): Omit<Stats, 'buckets'> {
  const histogram = BARS_MS.map((upToMs) => ({ upToMs, count: 0 }));
  for (const [bucket, many] of sketchOf(tally, 'total').entries()) {
    const bar = histogram.find(({ upToMs }) => latencyOf(bucket) <= upToMs);
    if (bar) bar.count += many;
  }
  return {
    total: quantiles(tally, 'total'),
    phases: {
      queue: quantiles(tally, 'queue'),
      token: quantiles(tally, 'token'),
      delivery: quantiles(tally, 'delivery'),
    },
    histogram,
  };
}

function count(tally: Tally, counter: (typeof COUNTERS)[number]): void {
  const at = COUNTERS.indexOf(counter);
  tally[at] = (tally[at] ?? 0) + 1;
}

function sketchOf(tally: Tally, latency: (typeof LATENCIES)[number]): Uint32Array {
  const from = COUNTERS.length + LATENCIES.indexOf(latency) * BUCKETS;
  return tally.subarray(from, from + BUCKETS);
}

function bucketOf(ms: number): number {
  if (ms <= LEAST_MS) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(Math.log(ms / LEAST_MS) / LOG_GROWTH));
}

/** The value that is at most ACCURACY from all in the bucket. */
function latencyOf(bucket: number): number {
  return bucket === 0 ? 0 : (LEAST_MS * 2 * GROWTH ** bucket) / (GROWTH + 1);
}

/** By the nearest rank. */
function quantiles(tally: Tally, latency: (typeof LATENCIES)[number]): Quantiles {
  const [delivered = 0] = tally;
  if (delivered === 0) return null;
  const sketch = sketchOf(tally, latency);
  const at = (share: number) => {
    let left = Math.ceil(share * delivered);
    const bucket = sketch.findIndex((many) => {
      left -= many;
      return left <= 0;
    });
    return Math.round(latencyOf(bucket) * 1000) / 1000;
  };
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
