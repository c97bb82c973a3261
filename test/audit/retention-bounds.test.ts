/** What retention may remove, and when. */
import fs from 'node:fs';
import { expect, test, vi } from 'vitest';
import { listSegments } from '../../main/audit/format/segments.ts';
import { newEntry } from '../../shared/new-entry.ts';
import { asWritten, openTestLog, type TestLog } from '../support/audit-log.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { takeOverFs } from '../support/take-over-fs.ts';
import { verifyLog } from '../support/verify-log.ts';

const DAY_MS = 86_400_000;

/** A log of four days, of which no checkpoint counts anything yet. */
async function openOld() {
  const clock = createFakeClock();
  const log = await openTestLog({ clock });
  for (let day = 0; day < 4; day += 1) {
    if (day > 0) clock.suspend(DAY_MS);
    await log.add(`day ${day}`);
  }
  return { clock, log, remove: () => log.removeOld(DAY_MS, presentOf(clock), Number.POSITIVE_INFINITY) };
}

const presentOf = (clock: FakeClock) => ({
  at: clock.now(),
  boot: clock.boot,
  uptimeMs: clock.uptime(),
  isChecked: true,
});

async function sign(log: TestLog, clock: FakeClock): Promise<void> {
  await vi.waitFor(async () => {
    await clock.advance(5000);
    expect(log.checkpoint()?.split('\n')[1]).toBe(String(log.entries.at(-1)?.seq));
  });
}

test('what no checkpoint vouches for stays, however old it is', async () => {
  const { clock, log, remove } = await openOld();
  expect(await remove()).toBe(0);
  expect(listSegments(log.dir)).toHaveLength(4);
  await sign(log, clock);
  expect(await remove()).toBeGreaterThan(0);
});

test('the note of a removal is on the disk before the first file goes', async () => {
  const { clock, log, remove } = await openOld();
  await sign(log, clock);
  const happened: string[] = [];
  const { writeSync, fdatasyncSync, fdatasync, rmSync } = fs;
  takeOverFs('writeSync', (...given) => {
    if (String(given[1]).includes('"type":"removed"')) happened.push('note');
    return (writeSync as (...given: unknown[]) => number)(...given);
  });
  takeOverFs('fdatasyncSync', (fd) => {
    fdatasyncSync(fd);
    happened.push('sync');
  });
  takeOverFs('fdatasync', (fd, done) => {
    fdatasync(fd, (error) => {
      happened.push('sync');
      done(error);
    });
  });
  takeOverFs('rmSync', (...given) => {
    if (happened.at(-1) !== 'removal') happened.push('removal');
    rmSync(...given);
  });
  expect(await remove()).toBeGreaterThan(0);
  expect(happened.slice(happened.indexOf('note'))).toEqual(['note', 'sync', 'removal']);
});

test('a note that is none, behind a good one, hides nothing', async () => {
  const { clock, log, remove } = await openOld();
  await sign(log, clock);
  const removed = await remove();
  await log.audit.append(newEntry('removed', { detail: 'no note' }), 'durable');
  await log.close();
  const written = asWritten(log);
  expect(verifyLog(log.dir, await written.evidence())).toMatchObject({ verdict: 'whole', removed });
});
