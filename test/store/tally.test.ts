import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addSample,
  addTally,
  bytesOf,
  chartBucket,
  chartTotals,
  emptyTally,
  tallyOf,
} from '../../main/store/tally.ts';

const delivered = (total: number) => ({
  status: 'delivered',
  focused: null,
  total,
  queue: total / 4,
  token: 0,
  delivery: (total * 3) / 4,
});
const tallied = (latencies: readonly number[]) => {
  const tally = emptyTally();
  for (const ms of latencies) addSample(tally, delivered(ms));
  return tally;
};
const latencies = fc.array(fc.double({ min: 0.02, max: 59_000, noNaN: true }), {
  minLength: 1,
  maxLength: 200,
});

describe('the quantiles of a tally', () => {
  test('are within two percent of those by the nearest rank', () => {
    fc.assert(
      fc.property(latencies, (all) => {
        const sorted = all.toSorted((a, b) => a - b);
        const { total } = chartTotals(tallied(all));
        for (const [name, share] of [
          ['p50', 0.5],
          ['p95', 0.95],
          ['p99', 0.99],
        ] as const) {
          const exact = sorted[Math.ceil(share * sorted.length) - 1] as number;
          expect(Math.abs((total?.[name] ?? 0) - exact)).toBeLessThanOrEqual(exact * 0.0201 + 0.001);
        }
      }),
    );
  });

  test('are the same however the pops were parted and added up, and kept as bytes', () => {
    fc.assert(
      fc.property(latencies, latencies, (some, others) => {
        const sum = tallyOf(bytesOf(tallied(some)));
        addTally(sum, tallied(others));
        expect(chartTotals(sum)).toEqual(chartTotals(tallied([...some, ...others])));
      }),
    );
  });

  test('of nothing are none; of what is over a minute, a minute', () => {
    expect(chartTotals(emptyTally()).total).toBeNull();
    expect(chartTotals(tallied([3_600_000])).total?.p50).toBeGreaterThan(58_000);
    expect(chartTotals(tallied([0])).total?.p50).toBe(0);
  });
});

test('each pop up to twenty seconds is in one bar of the distribution', () => {
  const { histogram } = chartTotals(tallied([0, 0.5, 1.5, 7, 7, 15_000]));
  expect(histogram.filter(({ count }) => count > 0)).toEqual([
    { upToMs: 1, count: 2 },
    { upToMs: 2, count: 1 },
    { upToMs: 10, count: 2 },
    { upToMs: 20_000, count: 1 },
  ]);
});

test('an unknown focus is counted apart from a failed one, and a failed pop by itself', () => {
  const tally = emptyTally();
  for (const focused of [1, 1, 0, null]) addSample(tally, { ...delivered(5), focused });
  addSample(tally, { ...delivered(5), status: 'failed' });
  addSample(tally, { ...delivered(5), status: 'suppressed' });
  expect(chartBucket(tally, 42)).toMatchObject({
    at: 42,
    delivered: 4,
    failed: 1,
    focus: { yes: 2, no: 1, unknown: 1 },
  });
});

test('bytes of another format are an empty tally', () => {
  expect(tallyOf(new Uint8Array(12))).toEqual(emptyTally());
  expect(tallyOf(undefined)).toEqual(emptyTally());
});
