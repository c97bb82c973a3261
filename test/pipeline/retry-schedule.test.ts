import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fullJitter, parseRetryAfter } from '../../main/pipeline/retry-schedule.ts';

const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const NOW = Date.parse('2026-11-23T12:00:00Z');
/** Epoch milliseconds of a full second between 1970 and 2500. */
const second = fc.integer({ min: 0, max: 16_725_225_600 }).map((seconds) => seconds * 1000);

describe('F06 the backoff', () => {
  test('lies anywhere from 0 to the base doubled for each failure, and never above 30 s', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 60_000 }),
        unit,
        (n, base, random) => {
          const wait = fullJitter(n, base, () => random);
          expect(wait).toBeGreaterThanOrEqual(0);
          expect(wait).toBeLessThan(Math.min(30_000, base * 2 ** (n - 1)));
          expect(wait).toBeCloseTo(random * Math.min(30_000, base * 2 ** (n - 1)), 6);
        },
      ),
    );
  });

  test('reaches both ends of its range, so the jitter is full', () => {
    expect(fullJitter(3, 1000, () => 0)).toBe(0);
    expect(fullJitter(3, 1000, () => 0.999)).toBe(3996);
  });

  test.each([
    [1, 500],
    [2, 1000],
    [3, 2000],
    [6, 15_000],
    [50, 15_000],
  ])('after failure %i from a base of 1 s is %i ms at half luck', (failures, wait) => {
    expect(fullJitter(failures, 1000, () => 0.5)).toBe(wait);
  });
});

describe('F05 Retry-After', () => {
  test('in seconds is so many', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9_999_999_999 }), second, (seconds, now) => {
        expect(parseRetryAfter(String(seconds), now)).toBe(seconds * 1000);
        expect(parseRetryAfter(` ${seconds}\t`, now)).toBe(seconds * 1000);
      }),
    );
  });

  test('as a date to come is the time until then', () => {
    fc.assert(
      fc.property(second, fc.integer({ min: 1, max: 10_000_000_000 }), (date, wait) => {
        expect(parseRetryAfter(new Date(date).toUTCString(), date - wait)).toBe(wait);
      }),
    );
  });

  test('as a date that has passed, or is now, says nothing', () => {
    fc.assert(
      fc.property(second, fc.nat(), (date, ago) => {
        expect(parseRetryAfter(new Date(date).toUTCString(), date + ago)).toBeUndefined();
      }),
    );
  });

  test.each([
    '',
    '-1',
    '+5',
    '1.5',
    '5s',
    '1e3',
    '0x10',
    '99999999999',
    '٣',
    '5, 6',
    'soon',
    '2026-11-24T12:00:00Z',
    'Tue, 24 Nov 2026 12:00:00',
    'Tue, 24 Nov 2026 12:00:00 CET',
    'Tuesday, 24-Nov-26 12:00:00 GMT',
    'Tue Nov 24 12:00:00 2026',
    'Tue, 24 Nov 2026 25:00:00 GMT',
    'tue, 24 nov 2026 12:00:00 gmt',
  ])('that is garbage (%j) says nothing', (value) => {
    expect(parseRetryAfter(value, NOW)).toBeUndefined();
  });

  test('that is missing says nothing; of several the first one counts', () => {
    expect(parseRetryAfter(undefined, NOW)).toBeUndefined();
    expect(parseRetryAfter([], NOW)).toBeUndefined();
    expect(parseRetryAfter(['7', '9'], NOW)).toBe(7000);
  });

  test('of any text is a number of milliseconds from 0 on, or nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const wait = parseRetryAfter(value, NOW);
        expect(wait === undefined || (Number.isFinite(wait) && wait >= 0)).toBe(true);
      }),
    );
  });
});
