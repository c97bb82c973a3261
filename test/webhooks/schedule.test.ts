import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { WEBHOOK_DELAYS_MS, webhookDelay } from '../../main/webhooks/schedule.ts';

const [MINUTE, HOUR] = [60_000, 3_600_000];

test('a webhook is tried again after 5 s, 5 and 30 min, 2, 5, 10, 14, 20 and 24 h, and then no more', () => {
  const delays = Array.from({ length: 10 }, (_, index) => webhookDelay(index + 1, () => 0));
  expect(delays).toEqual([
    5000,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
    undefined,
  ]);
});

test('the jitter adds up to a tenth, and never makes it come early', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), random, (attempts, chance) => {
      const base = WEBHOOK_DELAYS_MS[attempts - 1] ?? Number.NaN;
      const delay = webhookDelay(attempts, () => chance) ?? Number.NaN;
      expect(delay).toBeGreaterThanOrEqual(base);
      expect(delay).toBeLessThanOrEqual(base * 1.1);
      // The outbox keeps whole milliseconds alone.
      expect(delay).toBe(Math.round(base * (1 + chance / 10)));
    }),
  );
});
