/** O02: nothing is removed on the word of a clock that nobody has checked. */
import { expect, test, vi } from 'vitest';
import { listSegments } from '../../main/audit/format/segments.ts';
import { createRemoval } from '../../main/audit/retention/schedule.ts';
import { createClockCheck } from '../../main/platform/clock-check.ts';
import type { Why } from '../../shared/trouble.ts';
import { createMemorySecrets, openTestLog } from '../support/audit-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { tempDir } from '../support/temp-dir.ts';

const DAY = 86_400_000;
const START = Date.parse('2026-11-23T12:00:00Z');

/** Six days of entries, and today's, of a machine that is turned off each night. */
async function setUp() {
  const dataDir = tempDir();
  const secrets = createMemorySecrets();
  const open = async (day: number) => {
    const clock = { ...createFakeClock(START + day * DAY), boot: `boot of day ${day}` };
    return { clock, log: await openTestLog({ dataDir, secrets, clock }) };
  };
  for (let day = 0; day < 6; day += 1) {
    const { log } = await open(day);
    await log.add(`of day ${day}`);
    await log.close();
  }
  const { clock, log } = await open(6);
  const clockCheck = createClockCheck(clock, async () => undefined);
  const told: (Why | null)[] = [];
  const removal = createRemoval({
    auditLog: log,
    clock,
    clockCheck,
    firstNeeded: () => Number.POSITIVE_INFINITY,
    report: (why) => told.push(why),
  });
  await log.add('of today');
  await vi.waitFor(async () => {
    await clock.advance(5000);
    expect(log.checkpoint()?.split('\n')[1]).toBe(String(log.entries.at(-1)?.seq));
  });
  return { log, clock, clockCheck, removal, told, segments: () => listSegments(log.dir).length };
}

const doubted = (why: string) => ({ code: 'clock_doubted', why: expect.stringContaining(why) });

test('a clock that is twenty years ahead removes nothing; it waits, and says why', async () => {
  const { clock, removal, told, segments } = await setUp();
  clock.jump(7300 * DAY);
  await removal(30 * DAY);
  expect(segments()).toBe(7);
  expect(told).toEqual([doubted('6 files of the log seem old and are kept: nobody has checked the clock')]);
});

test('one that servers contradict removes nothing either; once it is right again, what is old goes', async () => {
  const { clock, clockCheck, removal, told, segments } = await setUp();
  clockCheck.hear(new Date(clock.now()).toUTCString());
  clock.jump(7300 * DAY);
  await removal(3 * DAY);
  expect([segments(), told]).toEqual([7, [doubted('7,300 days ahead of what servers say')]]);
  clock.jump(-7300 * DAY);
  await removal(3 * DAY + 3_600_000);
  expect([segments(), told.at(-1)]).toEqual([4, null]);
});

test('what is not old by any clock does not wait', async () => {
  const { removal, told, segments } = await setUp();
  await removal(30 * DAY);
  expect([segments(), told]).toEqual([7, [null]]);
});

test('the time that the machine has run since is believed without any date', async () => {
  const { clock, removal, segments } = await setUp();
  clock.suspend(40 * DAY);
  await removal(30 * DAY);
  // The last one, which is never removed, and that of the note of the removal.
  expect(segments()).toBe(2);
});
