/** Issue 10, point 5: the log is checked once a day, and nobody notices. */
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startDailyCheck } from '../../main/audit/verify/daily-check.ts';
import { verifyInSteps } from '../../main/audit/verify/verify-in-steps.ts';
import { writeTestLog } from '../support/audit-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const DAY = 86_400_000;
const MINUTE = 60_000;

/** Checks of some steps; each takes `stepMs` of the clock. */
function setUp({ steps = 1, stepMs = 5 } = {}) {
  const clock = createFakeClock();
  // Work takes time on both clocks, but no timer falls due in it.
  let worked = 0;
  const busyClock = { ...clock, monotonic: () => clock.monotonic() + worked };
  const state = {
    isIdle: true,
    isOpen: true,
    lastAt: undefined as number | undefined,
    suspicion: null as string | null,
    begun: 0,
    done: 0,
    steps: 0,
    fault: undefined as Error | undefined,
  };
  const faults: unknown[] = [];
  const check = startDailyCheck({
    clock: busyClock,
    isIdle: () => state.isIdle,
    isOpen: () => state.isOpen,
    lastAt: () => state.lastAt,
    suspicion: () => state.suspicion,
    async check(pace) {
      state.begun += 1;
      for (let step = 0; step < steps; step += 1) {
        worked += stepMs;
        state.steps += 1;
        await pace();
      }
      if (state.fault) throw state.fault;
      state.done += 1;
      state.lastAt = clock.now();
    },
    onFault: (error) => faults.push(error),
  });
  onTestFinished(check.stop);
  /** Minute by minute, because a step of the check takes more turns than the fake clock gives it. */
  async function advance(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= MINUTE) {
      await clock.advance(Math.min(left, MINUTE));
      for (let turn = 0; turn < 2 * steps + 4; turn += 1) await clock.advance(0);
    }
  }
  return { clock, state, faults, check, advance, worked: () => worked };
}

test('a minute after the start when there was no check for a day, then once a day', async () => {
  const { state, advance } = setUp();
  await advance(MINUTE - 1);
  expect(state.done).toBe(0);
  await advance(1);
  expect(state.done).toBe(1);
  await advance(DAY - MINUTE);
  expect(state.done).toBe(1);
  await advance(2 * MINUTE);
  expect(state.done).toBe(2);
});

test('not again after a restart within the day; a last time that is yet to come counts for none', async () => {
  const { clock, state, advance } = setUp();
  state.lastAt = clock.now() - DAY / 2;
  await advance(10 * MINUTE);
  expect(state.done).toBe(0);
  state.lastAt = clock.now() + 7300 * DAY;
  await advance(MINUTE);
  expect(state.done).toBe(1);
});

test('a machine that slept over the time is checked once it is awake', async () => {
  const { clock, state, advance } = setUp();
  state.lastAt = clock.now();
  clock.suspend(DAY);
  await advance(MINUTE);
  expect(state.done).toBe(1);
});

test('at once, but once, when there is a suspicion', async () => {
  const { clock, state, advance } = setUp();
  state.lastAt = clock.now();
  state.suspicion = 'the log does not fit its checkpoint';
  await advance(5 * MINUTE);
  expect(state.done).toBe(1);
});

test('never while the log is shut, or while there are pops', async () => {
  const { state, advance } = setUp();
  state.isOpen = false;
  await advance(10 * MINUTE);
  state.isOpen = true;
  state.isIdle = false;
  await advance(10 * MINUTE);
  expect(state.begun).toBe(0);
  state.isIdle = true;
  await advance(MINUTE);
  expect(state.done).toBe(1);
});

test.each([
  { stepMs: 5, steps: 40, pauses: 10 },
  { stepMs: 20, steps: 12, pauses: 12 },
  { stepMs: 300, steps: 3, pauses: 3 },
])(
  '$steps steps of $stepMs ms: works 20 ms or a step, then rests 400 ms or 20 times as long: below 5 % of a core',
  async ({ stepMs, steps, pauses }) => {
    const { clock, state, advance, worked } = setUp({ steps, stepMs });
    const rests: number[] = [];
    await advance(MINUTE);
    while (state.done === 0) {
      const ms = clock.pending()[0] ?? Number.NaN;
      rests.push(ms);
      await advance(ms);
    }
    expect(rests).toHaveLength(pauses);
    for (const ms of rests) expect(ms).toBe(Math.max(400, 20 * stepMs));
    const rested = rests.reduce((sum, ms) => sum + ms, 0);
    expect(worked() / (worked() + rested)).toBeLessThan(0.05);
  },
);

test('when pops press it stops at its next step, and goes on when they do no more', async () => {
  const { state, advance } = setUp({ steps: 9, stepMs: 5 });
  await advance(MINUTE);
  expect(state.steps).toBe(4);
  state.isIdle = false;
  await advance(10 * MINUTE);
  expect(state.steps).toBe(4);
  state.isIdle = true;
  await advance(400);
  expect(state.steps).toBe(8);
  await advance(400);
  expect([state.begun, state.done]).toEqual([1, 1]);
});

test('a stop ends it at once, in the middle and between, without a fault', async () => {
  for (const ms of [1, MINUTE]) {
    const { clock, state, check, faults, advance } = setUp({ steps: 100, stepMs: 20 });
    await advance(ms);
    const { steps } = state;
    await check.stop();
    await advance(10 * MINUTE);
    expect([state.steps, state.done, faults, clock.pending()]).toEqual([steps, 0, [], []]);
  }
});

test('one that cannot be made is told of, and tried again', async () => {
  const { state, faults, advance } = setUp();
  state.fault = new Error('EIO');
  await advance(MINUTE);
  expect(faults).toEqual([state.fault]);
  state.fault = undefined;
  await advance(MINUTE);
  expect(state.done).toBe(1);
});

test('a real log is judged in steps, and nothing of it stays open when one ends it', async () => {
  const log = await writeTestLog([1200, 1200]);
  let steps = 0;
  const pace = async () => {
    steps += 1;
  };
  const gather = () => log.evidence();
  expect((await verifyInSteps(log.dir, gather, () => {}, pace)).verdict.verdict).toBe('whole');
  expect(steps).toBe(4);
  const ended = new Error('stopped');
  await expect(
    verifyInSteps(
      log.dir,
      gather,
      () => {},
      () => Promise.reject(ended),
    ),
  ).rejects.toBe(ended);
  if (process.platform !== 'linux') return;
  const open = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(join('/proc/self/fd', fd))];
    } catch {
      return [];
    }
  });
  expect(open.filter((path) => path.startsWith(log.dir))).toEqual([]);
});
