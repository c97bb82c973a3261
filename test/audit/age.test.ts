import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { leastAges, type Moment } from '../../main/audit/retention/age.ts';

const DAY = 86_400_000;
const START = Date.parse('2026-03-01T08:00:00Z');

interface True extends Moment {
  /** When it really was. */
  readonly truly: number;
}

/** A machine's life: starts of so many moments each, with pauses in which it was off. All dates are right. */
const life = fc
  .array(
    fc.record({
      offMs: fc.integer({ min: 0, max: 20 * DAY }),
      steps: fc.array(fc.integer({ min: 0, max: 3 * DAY }), { minLength: 1, maxLength: 5 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((starts) => {
    let now = START;
    const moments: True[] = [];
    let uptimeMs = 0;
    for (const [index, { offMs, steps }] of starts.entries()) {
      now += offMs;
      uptimeMs = 0;
      for (const step of steps) {
        now += step;
        uptimeMs += step;
        moments.push({ at: now, truly: now, boot: `boot ${index}`, uptimeMs });
      }
    }
    const last = moments.pop() as True;
    return { moments, now: last };
  });
const anyDate = fc.integer({ min: 0, max: START + 100 * 365 * DAY });

describe('the least age of an entry', () => {
  test('by a clock that nobody has checked is never more than it truly is, whatever all dates say', () => {
    fc.assert(
      fc.property(life, fc.array(anyDate, { minLength: 60, maxLength: 60 }), anyDate, (life, dates, at) => {
        const moments = life.moments.map((moment, index) => ({ ...moment, at: dates[index] as number }));
        const ages = leastAges(moments, { ...life.now, at, isChecked: false });
        for (const [index, age] of ages.entries())
          expect(age).toBeLessThanOrEqual(life.now.truly - (life.moments[index] as True).truly);
      }),
    );
  });

  test('by a checked clock and right dates is the age', () => {
    fc.assert(
      fc.property(life, ({ moments, now }) => {
        expect(leastAges(moments, { ...now, isChecked: true })).toEqual(
          moments.map(({ truly }) => now.truly - truly),
        );
      }),
    );
  });

  test('is the same when dates were ahead of now: not one of them keeps what is old', () => {
    fc.assert(
      fc.property(life, fc.infiniteStream(fc.boolean()), ({ moments, now }, isWrong) => {
        const wrong = moments.map((moment) =>
          isWrong.next().value ? { ...moment, at: now.truly + 7300 * DAY } : moment,
        );
        const ages = leastAges(wrong, { ...now, isChecked: true });
        for (const [index, age] of ages.entries()) {
          const next = wrong.findIndex(({ at }, place) => place >= index && at <= now.truly);
          // At least as old as the next whose date can be believed.
          const bound = next === -1 ? 0 : now.truly - (wrong[next] as True).truly;
          expect(age).toBeGreaterThanOrEqual(bound);
          expect(age).toBeLessThanOrEqual(now.truly - (moments[index] as True).truly);
        }
      }),
    );
  });

  test('does not grow by a clock that was set back: what is dated before its forerunners is not believed', () => {
    fc.assert(
      fc.property(life, fc.integer({ min: 2, max: 400 }), ({ moments, now }, days) => {
        const setBack = moments.map((moment, index) =>
          index === moments.length - 1 && index > 0 ? { ...moment, at: moment.at - days * DAY } : moment,
        );
        const last = setBack.at(-1);
        const before = setBack.at(-2);
        fc.pre(last !== undefined && before !== undefined && last.at < before.at - DAY);
        const age = leastAges(setBack, { ...now, isChecked: true }).at(-1) as number;
        expect(age).toBeLessThanOrEqual(now.truly - (last as True).truly);
      }),
    );
  });

  test('never shrinks towards the past', () => {
    fc.assert(
      fc.property(
        life,
        fc.array(anyDate, { minLength: 60, maxLength: 60 }),
        fc.boolean(),
        (life, dates, isChecked) => {
          const moments = life.moments.map((moment, index) => ({ ...moment, at: dates[index] as number }));
          const ages = leastAges(moments, { ...life.now, isChecked });
          expect(ages).toEqual(ages.toSorted((a, b) => b - a));
          for (const age of ages) expect(age).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });

  test('of a leap within one start of the machine, which still runs, is by its uptime', () => {
    const now = { at: START, boot: 'b', uptimeMs: 5 * DAY, isChecked: true };
    const leapt = { at: START - 400 * DAY, boot: 'b', uptimeMs: 4 * DAY };
    expect(leastAges([leapt], now)).toEqual([DAY]);
  });
});
