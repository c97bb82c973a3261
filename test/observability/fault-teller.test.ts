import { expect, test } from 'vitest';
import { faultTeller } from '../../main/observability/fault-teller.ts';
import type { LogFields } from '../../main/observability/logger.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function setUp() {
  const clock = createFakeClock();
  const lines: [string, LogFields | undefined][] = [];
  const teller = faultTeller({ error: (event, fields) => lines.push([event, fields]) }, clock);
  return { clock, lines, teller };
}

test('M06 a thousand faults of a kind within a second are two lines, and the second counts the others', async () => {
  const { clock, lines, teller } = setUp();
  const tell = teller('endpoint fault');
  for (let n = 0; n < 1000; n += 1) tell(new TypeError('secret'));
  expect(lines).toEqual([['endpoint fault', { kind: 'TypeError', more: undefined }]]);
  await clock.advance(1000);
  expect(lines.slice(1)).toEqual([['endpoint fault', { kind: 'TypeError', more: 999 }]]);
  await clock.advance(10_000);
  expect(lines).toHaveLength(2);
});

test('a flood is a line a second for as long as it lasts', async () => {
  const { clock, lines, teller } = setUp();
  const tell = teller('endpoint fault');
  for (let n = 0; n < 600; n += 1) {
    tell(new Error());
    await clock.advance(100);
  }
  expect(lines.length).toBeLessThanOrEqual(61);
  await clock.advance(5000);
  expect(lines.reduce((sum, [, fields]) => sum + Number(fields?.more ?? 1), 0)).toBe(600);
});

test('another kind and another event have lines of their own', () => {
  const { lines, teller } = setUp();
  const [one, other] = [teller('one'), teller('other')];
  one(new Error());
  one(new TypeError());
  other(new Error());
  expect(lines.map(([event, fields]) => [event, fields?.kind])).toEqual([
    ['one', 'Error'],
    ['one', 'TypeError'],
    ['other', 'Error'],
  ]);
});
