import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkpointPath } from '../../main/audit/checkpoints/checkpoint-file.ts';
import { auditDir } from '../../main/audit/format/segments.ts';
import { verifyInSteps } from '../../main/audit/verify/verify-in-steps.ts';
import {
  asWritten,
  createMemorySecrets,
  openTestLog,
  type WrittenLog,
  writeTestLog,
} from '../support/audit-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { tempDir } from '../support/temp-dir.ts';
import { verifyLog } from '../support/verify-log.ts';

const KEYS = ['root', 'live', 'public'] as const;

async function verdictOf(log: Pick<WrittenLog, 'dataDir' | 'secrets'>, keys: (typeof KEYS)[number] = 'root') {
  const written = asWritten(log);
  return verifyLog(written.dir, await written.evidence(keys));
}

/** Writes a segment's lines changed. */
function change({ segments }: WrittenLog, segment: number, how: (lines: string[]) => string[]): void {
  const { path, lines } = segments[segment] as WrittenLog['segments'][number];
  writeFileSync(path, how(lines).join(''));
}

/** Logs that were written once, for all tests, as their files and secrets: waiting for the disk takes its time. */
const snapshots = new Map<string, { files: [string, Buffer][]; secrets: Record<string, string> }>();

/** A log as writeTestLog writes it, in a folder of the test's own. */
async function logOf(days: number[], which = ''): Promise<WrittenLog> {
  const name = days.join() + which;
  let snapshot = snapshots.get(name);
  if (!snapshot) {
    const { dataDir, secrets } = await writeTestLog(days);
    const names = ['audit-checkpoint', ...readdirSync(auditDir(dataDir)).map((name) => join('audit', name))];
    snapshot = {
      files: names.map((name) => [name, readFileSync(join(dataDir, name))]),
      secrets: secrets.kept,
    };
    snapshots.set(name, snapshot);
  }
  const dataDir = tempDir();
  mkdirSync(auditDir(dataDir), { mode: 0o700 });
  for (const [name, bytes] of snapshot.files) writeFileSync(join(dataDir, name), bytes);
  return asWritten({ dataDir, secrets: createMemorySecrets({ ...snapshot.secrets }) });
}

/** A copy of the log's folder, as a backup takes it: with the secrets, unless they are in a keychain. */
function copyOf({ dataDir, secrets }: WrittenLog, isInKeychain = false): WrittenLog {
  const copy = tempDir();
  cpSync(dataDir, copy, { recursive: true });
  const its = isInKeychain ? secrets : createMemorySecrets({ ...secrets.kept });
  return asWritten({ dataDir: copy, secrets: its });
}

/** Of the first segment. */
const leavesOf = ({ segments: [first] }: WrittenLog) => `${first?.path}`.replace('.ndjson', '.leaves');
const edit = (lines: string[], at: number, from: string, to: string) =>
  lines.with(at, (lines[at] as string).replace(from, to));
const flipMac = (line: string) => {
  const at = line.length - 20;
  return line.slice(0, at) + (line[at] === 'A' ? 'B' : 'A') + line.slice(at + 1);
};

const changes: [string, (lines: string[]) => string[], number][] = [
  ['one changed byte', (lines) => edit(lines, 2, 'entry 1', 'entry 7'), 3],
  ['one changed byte in a MAC', (lines) => lines.with(2, flipMac(lines[2] as string)), 3],
  ['an added space', (lines) => edit(lines, 2, ':', ': '), 3],
  ['a missing line', (lines) => lines.toSpliced(2, 1), 3],
  ['a missing first line', (lines) => lines.slice(1), 1],
  ['two swapped lines', (lines) => lines.with(2, lines[3] as string).with(3, lines[2] as string), 3],
  ['a line twice', (lines) => lines.toSpliced(2, 0, lines[2] as string), 4],
  ['two changed lines', (lines) => edit(edit(lines, 4, 'entry', 'Entry'), 2, 'entry', 'Entry'), 3],
  ['a changed line before a missing one', (lines) => edit(lines, 1, 'entry', 'Entry').toSpliced(3, 1), 2],
  ['a last line cut off', (lines) => lines.slice(0, -1), 5],
  ['half of the last line cut off', (lines) => lines.with(4, (lines[4] as string).slice(0, 99)), 5],
  ['nothing left', () => [], 1],
];

describe.each(KEYS)('audit verify with the %s key', (keys) => {
  test('finds a log of several segments whole', async () => {
    const log = await logOf([4, 2, 3]);
    expect(await verdictOf(log, keys)).toEqual({
      verdict: 'whole',
      entries: 12,
      segments: 3,
      macs: { root: 12, live: 4, public: 0 }[keys],
      vouched: 12,
      removed: 0,
    });
  });

  test.each(changes)('finds %s in the last segment and names the first bad entry', async (_, how, seq) => {
    const log = await logOf([4]);
    change(log, 0, how);
    expect(await verdictOf(log, keys)).toMatchObject({
      verdict: 'tampered',
      entries: seq - 1,
      fault: { seq, line: seq },
    });
  });

  test.each(changes)('finds %s in a segment whose key is erased', async (_, how, seq) => {
    const log = await logOf([4, 2, 2]);
    change(log, 0, how);
    expect(await verdictOf(log, keys)).toMatchObject({
      verdict: 'tampered',
      fault: { seq, line: seq, segment: 'audit-000000000001.ndjson' },
    });
  });

  test('finds a change also where the hashes beside the log were changed with it, if not as exactly', async () => {
    const log = await logOf([4, 2]);
    change(log, 0, (lines) => edit(lines, 2, 'entry 1', 'entry 7'));
    const leaves = leavesOf(log);
    rmSync(leaves);
    const verdict = await verdictOf(log, keys);
    expect(verdict).toMatchObject({ verdict: 'tampered', fault: { seq: keys === 'root' ? 3 : 1 } });
  });

  test('does not take spoiled hashes beside a whole log for a spoiled log', async () => {
    const log = await logOf([4, 2]);
    const leaves = leavesOf(log);
    writeFileSync(leaves, Buffer.alloc(60, 1));
    expect(await verdictOf(log, keys)).toMatchObject({ verdict: 'whole' });
    rmSync(leaves);
    expect(await verdictOf(log, keys)).toMatchObject({ verdict: 'whole' });
  });

  test('finds the lines of another log, although both are whole', async () => {
    const [ours, theirs] = [await logOf([4]), await logOf([4], 'theirs')];
    change(ours, 0, (lines) => [...lines.slice(0, 3), ...(theirs.segments[0]?.lines.slice(3) ?? [])]);
    expect(await verdictOf(ours, keys)).toMatchObject({ verdict: 'tampered', fault: { seq: 4 } });
  });

  test.each([0, 1, 2])('finds segment %i of three taken away', async (segment) => {
    const log = await logOf([4, 2, 3]);
    rmSync(log.segments[segment]?.path as string);
    const seq = [1, 6, 9][segment];
    expect(await verdictOf(log, keys)).toMatchObject({ verdict: 'tampered', fault: { seq } });
  });

  test('finds two segments swapped', async () => {
    const log = await logOf([2, 2, 2]);
    change(log, 1, () => log.segments[2]?.lines as string[]);
    change(log, 2, () => log.segments[1]?.lines as string[]);
    expect(await verdictOf(log, keys)).toMatchObject({ verdict: 'tampered', fault: { seq: 4 } });
  });

  test('finds an old copy of the log’s whole folder in its place', async () => {
    const clock = createFakeClock();
    const log = await openTestLog({ clock });
    await log.add('before');
    await clock.advance(5000);
    const copy = tempDir();
    cpSync(log.dir, copy, { recursive: true });
    await log.add('after');
    await log.close();
    rmSync(log.dir, { recursive: true });
    cpSync(copy, log.dir, { recursive: true });
    expect(await verdictOf(log, keys)).toMatchObject({ verdict: 'tampered', fault: { seq: 3 } });
  });

  test('finds an old copy of all files in their place by the checkpoint in the keychain', async () => {
    const secrets = createMemorySecrets({}, 'keychain');
    const first = await openTestLog({ secrets });
    await first.add('before');
    await first.close();
    const copy = copyOf(asWritten(first), true);
    const again = await openTestLog({ dataDir: first.dataDir, secrets });
    await again.add('after');
    await again.close();
    expect(await verdictOf(again, keys)).toMatchObject({ verdict: 'whole', entries: 3 });
    expect(await verdictOf(copy, keys)).toMatchObject({ verdict: 'tampered', fault: { seq: 3 } });
  });

  test('does not take a log appended to by hand for whole', async () => {
    const log = await logOf([2]);
    const { path, lines } = log.segments[0] as WrittenLog['segments'][number];
    appendFileSync(path, lines[1] as string);
    expect(await verdictOf(log, keys)).toMatchObject({ verdict: 'tampered', fault: { seq: 4 } });
  });

  test('finds the whole log taken away', async () => {
    const log = await logOf([2]);
    rmSync(log.dir, { recursive: true });
    expect(await verdictOf(log, keys)).toMatchObject({ verdict: 'tampered', fault: { seq: 1 } });
  });

  test('does not believe a log without a checkpoint, nor one whose checkpoint another key has signed', async () => {
    const [ours, theirs] = [await logOf([2]), await logOf([2], 'theirs')];
    copyFileSync(checkpointPath(theirs.dataDir), checkpointPath(ours.dataDir));
    expect(await verdictOf(ours, keys)).toMatchObject({ verdict: 'tampered' });
    rmSync(checkpointPath(ours.dataDir));
    expect(await verdictOf(ours, keys)).toMatchObject({ verdict: 'tampered' });
  });
});

describe('audit verify', () => {
  test('F22 says that nothing can be said of a log whose key is another', async () => {
    const log = await logOf([3]);
    const other = await logOf([3], 'other');
    for (const name of ['audit-root', 'audit-key'])
      log.secrets.kept[name] = other.secrets.kept[name] as string;
    expect(await verdictOf(log)).toMatchObject({ verdict: 'no-key', fault: { seq: 1 } });
  });

  test('survives one spoiled line of the checkpoint file, but not both', async () => {
    const log = await logOf([2]);
    const again = await openTestLog(log);
    await again.add('more');
    await again.close();
    const file = checkpointPath(log.dataDir);
    const whole = readFileSync(file);
    expect(whole.length).toBe(8192);
    const verdicts = [];
    for (const spoiled of [[0], [4096], [0, 4096]]) {
      const bytes = Buffer.from(whole);
      for (const at of spoiled) bytes.fill(' ', at, at + 20);
      writeFileSync(file, bytes);
      verdicts.push((await verdictOf(log)).verdict);
    }
    expect(verdicts).toEqual(['whole', 'whole', 'tampered']);
  });

  test('finds a log whole although its hashes could not be written for a while', async () => {
    const clock = createFakeClock();
    const log = await openTestLog({ clock });
    await log.add('before');
    const leaves = leavesOf(asWritten(log));
    mkdirSync(leaves);
    await clock.advance(5000);
    expect(log.faults).toEqual([expect.stringContaining('EISDIR')]);
    rmdirSync(leaves);
    await log.add('after');
    await clock.advance(5000);
    await log.close();
    expect(await verdictOf(log)).toMatchObject({ verdict: 'whole', vouched: 3 });
    // None is left out, or a later change could not be pinned down.
    expect(readFileSync(leaves).includes(Buffer.alloc(32))).toBe(false);
  });

  test('takes a log that was killed before its first entry for one that the next start mends', async () => {
    const log = await openTestLog();
    expect(await verdictOf(log)).toMatchObject({ verdict: 'whole', entries: 0, segments: 0 });
    log.audit.open();
    const opened = asWritten(log).segments[0] as WrittenLog['segments'][number];
    for (const bytes of [0, 1, 99]) {
      const copy = copyOf(asWritten(log));
      truncateSync(copy.segments[0]?.path as string, bytes);
      expect(await verdictOf(copy)).toMatchObject({ verdict: bytes === 0 ? 'whole' : 'torn' });
      const again = await openTestLog(copy);
      await again.add('first');
      await again.close();
      expect(await verdictOf(copy)).toMatchObject({ verdict: 'whole' });
    }
    expect(opened.lines).toHaveLength(1);
  });

  test('F18 tells a tail that was never acknowledged from one that was, at each byte of the last three entries', async () => {
    const log = await logOf([4]);
    const { lines } = log.segments[0] as WrittenLog['segments'][number];
    const again = await openTestLog(log);
    // Killed now: on disk, but under no checkpoint yet.
    for (const detail of ['x', 'y', 'z']) await again.add(detail);
    const killed = copyOf(asWritten(again));
    await again.close();
    const segment = killed.segments[0] as WrittenLog['segments'][number];
    const whole = readFileSync(segment.path);
    const signed = Buffer.byteLength(lines.join(''));
    const evidence = await killed.evidence();
    const ends = new Set(
      segment.lines.map((_, at) => Buffer.byteLength(segment.lines.slice(0, at).join(''))),
    );
    for (let length = whole.length - 1; length >= signed - 5; length -= 1) {
      writeFileSync(segment.path, whole.subarray(0, length));
      const expected = length < signed ? 'tampered' : ends.has(length) ? 'whole' : 'torn';
      expect(verifyLog(killed.dir, evidence).verdict, `cut at ${length}`).toBe(expected);
    }
  });
});

test('of a log without its keys nothing is said, not that any entry is good', async () => {
  const log = await writeTestLog([3]);
  const { verdict } = await verifyInSteps(log.dir, async () => undefined);
  expect(verdict).toEqual({ verdict: 'no-key', entries: 0, segments: 0, macs: 0, vouched: 0, removed: 0 });
});
