import { once } from 'node:events';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { isLogLocked, lockLog } from '../../main/audit/format/lock.ts';
import { auditDir, listSegments } from '../../main/audit/format/segments.ts';
import { verifyInSteps } from '../../main/audit/verify/verify-in-steps.ts';
import { evidenceIn, openTestLog, writeTestLog } from '../support/audit-log.ts';
import { tempDir } from '../support/temp-dir.ts';
import { verifyLog } from '../support/verify-log.ts';
import { startWriter } from './start-writer.ts';

const verdictOf = async (dataDir: string) =>
  (await verifyInSteps(auditDir(dataDir), () => evidenceIn(dataDir))).verdict;

test('a log that is written at full speed is whole, whenever it is looked at', async () => {
  const dataDir = join(tempDir(), 'data');
  const writer = startWriter({ dataDir, entriesADay: 5000, atOnce: 50 });
  await once(writer.stdout, 'data');
  let [entries, looks] = [0, 0];
  for (const until = performance.now() + 2000; looks < 5 || performance.now() < until; looks += 1) {
    const verdict = await verdictOf(dataDir);
    expect(verdict.verdict, JSON.stringify(verdict)).toBe('whole');
    expect(verdict.entries).toBeGreaterThanOrEqual(entries);
    entries = verdict.entries;
  }
});

test('F18 a line that is being written is waited for; one whose writer was killed is torn, at once', async () => {
  const dataDir = join(tempDir(), 'data');
  const writer = startWriter({ dataDir, entriesADay: 20, atOnce: 3, haltMs: 20 });
  await once(writer.stdout, 'data');
  // Until it would have been called torn ten times, had nobody waited.
  for (let torn = 0; torn < 10; ) {
    if (verifyLog(auditDir(dataDir), await evidenceIn(dataDir)).verdict === 'torn') torn += 1;
    expect(await verdictOf(dataDir)).toMatchObject({ verdict: 'whole' });
  }

  const ended = once(writer, 'close');
  writer.kill('SIGKILL');
  await ended;
  const last = join(auditDir(dataDir), listSegments(auditDir(dataDir)).at(-1) as string);
  const began = performance.now();
  expect((await verdictOf(dataDir)).verdict).toBe(readFileSync(last).at(-1) === 10 ? 'whole' : 'torn');
  expect(performance.now() - began).toBeLessThan(5000);
});

test('who waits for a line to be finished is not in the way of its writer, who may be on the same thread', async () => {
  const log = await writeTestLog([1]);
  const before = await log.evidence();
  const again = await openTestLog(log);
  await again.add('after the checkpoint');
  await again.close();
  onTestFinished(lockLog(log.dir).release);
  const path = log.segments[0]?.path as string;
  const whole = readFileSync(path);
  writeFileSync(path, whole.subarray(0, -10));
  const writer = setTimeout(() => appendFileSync(path, whole.subarray(-10)), 30);
  onTestFinished(() => clearTimeout(writer));
  const { verdict } = await verifyInSteps(log.dir, async () => before);
  expect(verdict).toMatchObject({ verdict: 'whole', entries: 3, vouched: 2 });
});

test('a line that its writer does not finish is waited for ten seconds, and no longer', async () => {
  const log = await writeTestLog([2]);
  const evidence = await log.evidence();
  onTestFinished(lockLog(log.dir).release);
  const path = log.segments[0]?.path as string;
  writeFileSync(path, '{"seq"', { flag: 'a' });
  const looks: number[] = [];
  let now = 0;
  const passing = vi.spyOn(performance, 'now').mockImplementation(() => {
    now += 999;
    looks.push(now);
    // Who still waits is told so, and the test ends.
    if (now > 20_000) throw new Error('waits for ever');
    return now;
  });
  onTestFinished(() => passing.mockRestore());
  const { verdict } = await verifyInSteps(log.dir, async () => evidence);
  expect(verdict).toMatchObject({ verdict: 'torn', entries: 3 });
  expect(looks).toHaveLength(12);
});

test('to look whether a log is written changes nothing and is in nobody’s way', async () => {
  const dir = join(tempDir(), 'audit');
  expect(isLogLocked(dir)).toBe(false);
  const lock = lockLog(dir);
  expect(isLogLocked(dir)).toBe(true);
  lock.release();
  expect(isLogLocked(dir)).toBe(false);
  lockLog(dir).release();
});
