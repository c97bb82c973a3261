/**
 * How old entries are for certain. A wall clock is only believed once something else vouches for it; how long the machine has run
 * since, and that the log was written in its order, is believed always.
 */

/** When an entry says that it was written: by the wall clock, which may be wrong, and by the time since the machine started. */
export interface Moment {
  /** What the wall clock said, in epoch milliseconds. */
  readonly at: number;
  /** Which start of the machine `uptimeMs` counts from. */
  readonly boot: string;
  /** Goes on while the machine sleeps. */
  readonly uptimeMs: number;
}

export interface Present extends Moment {
  /** Whether something beside the wall clock says that `at` is right. */
  readonly isChecked: boolean;
}

/** No poptray is older than this; a clock that has lost its battery says 1970, or when its board was made. */
const FIRST_POSSIBLE = Date.parse('2026-01-01T00:00:00Z');
/** A clock may be wrong by so many milliseconds and still be right. */
export const TOLERANCE_MS = 86_400_000;

/**
 * Each moment's least age in milliseconds, in the order of the log, so that none is younger than one after it.
 *
 * 1. It is at least as old as the time that the machine has run since then.
 * 2. With a checked clock: as its date says, if the date can be believed. A date ahead of now, or before there was a poptray, is
 *    none; within one start of the machine the latest counts for all, by the distances that the uptime gives; and where the
 *    dates go back, those that follow are not believed, for the clock may have been set back.
 * 3. A moment is never younger than one that comes after it.
 */
export function leastAges(moments: readonly Moment[], present: Present): number[] {
  const runs = byBoot(moments);
  const believed = present.isChecked ? believedTimes(runs, present) : [];
  const ages = new Array<number>(moments.length);
  let next: Moment = present;
  let age = 0;
  for (let at = moments.length - 1; at >= 0; at -= 1) {
    const moment = moments[at] as Moment;
    if (moment.boot === next.boot) age += Math.max(0, next.uptimeMs - moment.uptimeMs);
    const time = believed[at];
    if (time !== undefined) age = Math.max(age, present.at - time);
    ages[at] = age;
    next = moment;
  }
  return ages;
}

/** Undefined for those of which nobody knows. */
function believedTimes(runs: readonly (readonly Moment[])[], present: Present): (number | undefined)[] {
  let latest = Number.NEGATIVE_INFINITY;
  return runs.flatMap((run) => {
    const started = run[0]?.boot === present.boot ? present.at - present.uptimeMs : startOf(run, present);
    return run.map(({ uptimeMs }) => {
      if (started === undefined) return undefined;
      const time = started + uptimeMs;
      if (time < latest - TOLERANCE_MS) return undefined;
      latest = Math.max(latest, time);
      return time;
    });
  });
}

/** When the machine started, by the dates of one run: the latest that can be, so that nothing seems older than it is. */
function startOf(run: readonly Moment[], present: Present): number | undefined {
  const possible = run.filter(({ at }) => at >= FIRST_POSSIBLE && at <= present.at + TOLERANCE_MS);
  return possible.length === 0 ? undefined : Math.max(...possible.map(({ at, uptimeMs }) => at - uptimeMs));
}

function byBoot(moments: readonly Moment[]): Moment[][] {
  const runs: Moment[][] = [];
  for (const moment of moments) {
    const run = runs.at(-1);
    if (run?.[0]?.boot === moment.boot) run.push(moment);
    else runs.push([moment]);
  }
  return runs;
}
