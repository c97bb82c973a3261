import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { draw, interval } from '../scripts/mutation/sample.ts';

const changes = Array.from({ length: 200 }, (_, line) => ({
  fileName: `main/policy/${line % 3}.ts`,
  location: { start: { line, column: 0 }, end: { line, column: 5 } },
  mutatorName: 'BooleanLiteral',
  replacement: 'true',
}));

test('the same seed draws the same changes, in whatever order they come', () => {
  const drawn = draw(changes, 40, '7');
  expect(new Set(drawn).size).toBe(40);
  fc.assert(
    fc.property(fc.shuffledSubarray(changes, { minLength: changes.length }), (shuffled) => {
      expect(draw(shuffled, 40, '7')).toEqual(drawn);
    }),
  );
  expect(draw(changes, 40, '8')).not.toEqual(drawn);
  expect(draw(changes, 900, '7')).toHaveLength(changes.length);
});

test('each change is drawn about as often as any other', () => {
  const counts = new Map<(typeof changes)[number], number>();
  for (let seed = 0; seed < 500; seed++) {
    for (const change of draw(changes, 40, String(seed))) counts.set(change, (counts.get(change) ?? 0) + 1);
  }
  // 100 times each in the mean; six standard deviations are 54.
  expect(Math.min(...changes.map((change) => counts.get(change) ?? 0))).toBeGreaterThan(46);
  expect(Math.max(...counts.values())).toBeLessThan(154);
});

test.each([
  // From Wilson's formula by hand.
  [36, 40, 0.7695, 0.9604],
  [40, 40, 0.9124, 1],
  [0, 40, 0, 0.0876],
  [41, 44, 0.8177, 0.9765],
])('%i of %i noticed is between %f and %f of all', (hits, count, low, high) => {
  const found = interval(hits, count);
  expect(found.low).toBeCloseTo(low, 3);
  expect(found.high).toBeCloseTo(high, 3);
});
