/** What stands in a log's folder and is no file of ours makes nothing wait, fail or loop. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkpointPath, readMarks } from '../../main/audit/checkpoints/checkpoint-file.ts';
import { LINE_MAX_BYTES, readEnd, readLines, segmentName } from '../../main/audit/format/segments.ts';
import { readEntries } from '../../main/audit/read/entries.ts';
import { asWritten, openTestLog, writeTestLog } from '../support/audit-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { tempDir } from '../support/temp-dir.ts';
import { verifyLog } from '../support/verify-log.ts';

const oddities: [string, (path: string) => void][] = [
  ['a folder', (path) => mkdirSync(path)],
  ['a link', (path) => symlinkSync('/dev/zero', path)],
  ['a pipe that nobody writes', (path) => execFileSync('mkfifo', [path])],
];
// Only root can make one, and not in every container.
const device = (path: string) => void execFileSync('mknod', [path, 'c', '1', '5'], { stdio: 'ignore' });
if (canMake(device)) oddities.push(['a device that never ends', device]);
// Windows has neither pipes of that kind nor links for everyone.
const here = process.platform === 'win32' ? oddities.slice(0, 1) : oddities;

function canMake(make: (path: string) => void): boolean {
  const dir = mkdtempSync(join(tmpdir(), 'poptray-'));
  try {
    make(join(dir, 'it'));
    return true;
  } catch {
    return false;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

describe.each(here)('%s', (_, make) => {
  test('L19 in the place of a segment counts as no segment: its entries are missing', async () => {
    const log = await writeTestLog([2, 2]);
    const path = log.segments[1]?.path as string;
    rmSync(path);
    make(path);
    expect(verifyLog(log.dir, await log.evidence())).toMatchObject({
      verdict: 'tampered',
      fault: { seq: 4 },
    });
    expect([...readEntries(log.dir)]).toHaveLength(3);
  });

  test('in the place of the hashes or the next segment does not change what a log says', async () => {
    const log = await writeTestLog([2]);
    const path = log.segments[0]?.path as string;
    const leaves = path.replace('.ndjson', '.leaves');
    rmSync(leaves);
    make(leaves);
    make(join(log.dir, segmentName(4)));
    expect(verifyLog(log.dir, await log.evidence())).toMatchObject({ verdict: 'whole', entries: 3 });
  });

  test('in the place of the checkpoint is none', async () => {
    const log = await writeTestLog([2]);
    const { verifier } = await log.evidence();
    const path = checkpointPath(log.dataDir);
    rmSync(path);
    make(path);
    expect(readMarks(path, verifier)).toEqual([]);
    expect(verifyLog(log.dir, await log.evidence())).toMatchObject({ verdict: 'tampered' });
  });
});

describe('a file that says to have a terabyte, and has holes', () => {
  const HUGE = 2 ** 40;

  test('as the next segment counts as one of no line: the next start drops it, and says so', async () => {
    const log = await writeTestLog([2]);
    const path = join(log.dir, segmentName(4));
    writeFileSync(path, '', { mode: 0o600 });
    truncateSync(path, HUGE);
    expect(verifyLog(log.dir, await log.evidence())).toMatchObject({
      verdict: 'tampered',
      fault: { seq: 4 },
    });
    expect([...readEntries(log.dir)]).toHaveLength(3);
    const again = await openTestLog(log);
    expect((await again.add('more')).seq).toBe(5);
    await again.close();
    expect(again.entries[0]?.detail).toBe(`dropped ${HUGE} bytes of an unfinished entry`);
    expect(verifyLog(log.dir, await log.evidence())).toMatchObject({ verdict: 'whole', entries: 5 });
  });

  test('where the last segment was is a line without end, in the middle of the log and at its end', async () => {
    for (const at of [0, 1]) {
      const log = await writeTestLog([2, 2]);
      truncateSync(log.segments[at]?.path as string, HUGE);
      expect(verifyLog(log.dir, await log.evidence())).toMatchObject({
        verdict: 'tampered',
        fault: { seq: at === 0 ? 4 : 7 },
      });
      const again = await openTestLog(log);
      await again.add('more').catch(() => {});
      await again.close();
    }
  });

  test('as the hashes or the checkpoint is no more than its beginning', async () => {
    const log = await writeTestLog([2]);
    const path = log.segments[0]?.path as string;
    truncateSync(path.replace('.ndjson', '.leaves'), HUGE);
    truncateSync(checkpointPath(log.dataDir), HUGE);
    expect(verifyLog(log.dir, await log.evidence())).toMatchObject({ verdict: 'whole', entries: 3 });
    writeFileSync(path, readFileSync(path, 'utf8').replace('entry 1', 'entry X'));
    expect(verifyLog(log.dir, await log.evidence())).toMatchObject({
      verdict: 'tampered',
      fault: { seq: 3 },
    });
  });
});

test('a segment with a number far ahead keeps nobody busy: the log goes on, and shows what is missing', async () => {
  const clock = createFakeClock();
  const log = await openTestLog({ clock });
  await log.add('one');
  writeFileSync(join(log.dir, segmentName(999_999_999_999)), 'x');
  renameSync(join(log.dir, segmentName(1)), join(log.dir, 'away'));
  await log.add('two').catch(() => {});
  await clock.advance(5000);
  await log.add('three');
  await log.close();
  const written = asWritten(log);
  expect(verifyLog(log.dir, await written.evidence())).toMatchObject({
    verdict: 'tampered',
    fault: { seq: 1 },
  });
});

test('a line without end is none of ours, and is not kept in memory', async () => {
  const log = await writeTestLog([2]);
  const path = log.segments[0]?.path as string;
  appendFileSync(path, Buffer.alloc(16 * LINE_MAX_BYTES, 'x'));
  const lines = [...readLines(log.dir, segmentName(1))];
  expect(lines).toHaveLength(4);
  expect(lines[3]?.bytes.length).toBeLessThanOrEqual(3 * LINE_MAX_BYTES);
  expect(verifyLog(log.dir, await log.evidence())).toMatchObject({ verdict: 'tampered', fault: { seq: 4 } });
});

test('a segment that grows, shrinks or is emptied while it is read is read to its end', async () => {
  const log = await writeTestLog([3]);
  const path = log.segments[0]?.path as string;
  const bytes = readFileSync(path);
  const seen = (change: () => void) => {
    writeFileSync(path, Buffer.concat(Array.from({ length: 3000 }, () => bytes)));
    let count = 0;
    for (const _ of readLines(log.dir, segmentName(1))) {
      count += 1;
      if (count === 10) change();
    }
    return count;
  };
  expect(seen(() => appendFileSync(path, bytes))).toBe(4 * 3001);
  // What was read ahead is given, up to a line that was cut.
  for (const length of [0, 100]) expect(seen(() => truncateSync(path, length))).toBeLessThan(4 * 3000);
});

test.each([
  ['', [], 0],
  ['\n', ['\n'], 1],
  ['\nabc', ['\n'], 1],
  ['\n\n', ['\n', '\n'], 2],
  ['a\n', ['a\n'], 2],
  ['\nb\n', ['\n', 'b\n'], 3],
  ['a\nb\nc', ['a\n', 'b\n'], 4],
  ['abc', [], 0],
])('the end of %j is %j', (text, lines, length) => {
  const dir = tempDir();
  writeFileSync(join(dir, 'file'), text);
  const end = readEnd(dir, 'file');
  expect({ ...end, lines: end.lines.map(String) }).toEqual({ lines, length, size: text.length });
});
