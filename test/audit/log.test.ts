import {
  appendFileSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import canonicalize from 'canonicalize';
import { describe, expect, test } from 'vitest';
import { checkpointPath } from '../../main/audit/checkpoints/checkpoint-file.ts';
import { canonicalEntry } from '../../main/audit/format/chain.ts';
import { LogLocked } from '../../main/audit/format/lock.ts';
import { auditDir, listSegments } from '../../main/audit/format/segments.ts';
import { newEntry } from '../../shared/new-entry.ts';
import { asWritten, createMemorySecrets, openTestLog, writeTestLog } from '../support/audit-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { takeOverFs } from '../support/take-over-fs.ts';
import { tempDir } from '../support/temp-dir.ts';
import { verifyLog } from '../support/verify-log.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

async function verdictOf(log: Parameters<typeof asWritten>[0]) {
  const written = asWritten(log);
  return verifyLog(written.dir, await written.evidence());
}

describe('the audit log', () => {
  test('numbers entries in the order of the calls and opens each segment with what it continues', async () => {
    const { log, ...all } = await openLogWith(['a', 'b', 'c']);
    await log.close();
    expect(all.entries.map(({ seq, detail }) => [seq, detail])).toEqual([
      [1, `segment 0 continues 0 at ${'A'.repeat(43)}=`],
      [2, 'a'],
      [3, 'b'],
      [4, 'c'],
    ]);
    expect(await verdictOf(log)).toMatchObject({
      verdict: 'whole',
      entries: 4,
      segments: 1,
      macs: 4,
      vouched: 4,
    });
  });

  async function openLogWith(details: string[]) {
    const log = await openTestLog();
    await Promise.all(details.map((detail) => log.add(detail)));
    return { log, entries: log.entries };
  }

  test('is canonical JSON as RFC 8785 has it', async () => {
    const { entries, audit, close } = await openTestLog();
    const phases = { token: 1.5, queue: 0.25, delivery: 1e-7 };
    await audit.append(
      newEntry('result', { phases, latencyMs: 12.4, detail: 'é\u2028"\\\u0007' }),
      'written',
    );
    await close();
    for (const entry of entries) expect(canonicalEntry(entry)).toBe(canonicalize(entry));
  });

  test('L18 is readable by its owner alone, as is all that belongs to it', async () => {
    const { dataDir, dir, segments } = await writeTestLog([1]);
    const leaves = segments[0]?.path.replace('.ndjson', '.leaves') as string;
    for (const file of [segments[0]?.path as string, leaves, checkpointPath(dataDir)]) {
      expect(statSync(file).mode & 0o777, file).toBe(0o600);
    }
    expect(statSync(dir).mode & 0o777).toBe(0o700);
  });

  test('goes on where it ended, also in a new segment on a new day', async () => {
    const clock = createFakeClock();
    const [dataDir, secrets] = [tempDir(), createMemorySecrets()];
    for (let day = 0; day < 3; day += 1) {
      const log = await openTestLog({ dataDir, clock, secrets });
      await log.add(`day ${day}`);
      await log.close();
      clock.jump(DAY_MS);
    }
    expect(await verdictOf({ dataDir, secrets })).toMatchObject({
      verdict: 'whole',
      entries: 6,
      segments: 3,
    });
  });

  test('F29 has one writer', async () => {
    const first = await openTestLog();
    await expect(openTestLog({ dataDir: first.dataDir, secrets: first.secrets })).rejects.toThrow(LogLocked);
    await first.close();
    await openTestLog({ dataDir: first.dataDir, secrets: first.secrets });
  });

  test('refuses to go on in a log of another key', async () => {
    const { dataDir, secrets } = await writeTestLog([2]);
    const other = await writeTestLog([2]);
    const keys = { 'audit-key': other.secrets.kept['audit-key'] as string };
    const log = await openTestLog({ dataDir, secrets: createMemorySecrets({ ...secrets.kept, ...keys }) });
    await expect(log.add('more')).rejects.toMatchObject({ code: 'audit_unavailable' });
  });

  test('F18 drops a torn tail at whatever byte it was torn, says so, and goes on', async () => {
    const whole = await writeTestLog([3]);
    const [path, line] = [whole.segments[0]?.path ?? '', whole.segments[0]?.lines[3] ?? ''];
    for (let kept = 1; kept < line.length; kept += 61) {
      appendFileSync(path, line.slice(0, kept));
      expect(await verdictOf(whole)).toMatchObject({ verdict: 'torn' });
      const log = await openTestLog(whole);
      log.audit.open();
      await log.close();
      expect(log.entries[0]?.detail).toBe(`dropped ${kept} bytes of an unfinished entry`);
      expect(await verdictOf(whole)).toMatchObject({ verdict: 'whole' });
    }
  });
});

describe('F20 a log whose end is gone', () => {
  const losses: [string, (path: string) => void][] = [
    ['its file is deleted', (path) => rmSync(path)],
    ['its file is moved away', (path) => renameSync(path, `${path}.old`)],
    ['its last line is cut off', (path) => cutLines(path, 1)],
    ['all its lines are cut off', (path) => truncateSync(path, 0)],
    ['half of its last line is cut off', (path) => truncateSync(path, statSync(path).size - 99)],
    ['a copy of an hour ago is in its place', (path) => replaceByCopy(path, 2)],
  ];

  test.each(losses)(
    'fails closed when %s while it is open, then links a new segment to its head',
    async (_, lose) => {
      const log = await openTestLog();
      for (const detail of ['a', 'b', 'c']) await log.add(detail);
      const [segment = ''] = listSegments(log.dir);
      lose(join(log.dir, segment));
      await expect(log.add('refused')).rejects.toMatchObject({ code: 'audit_unavailable' });
      expect(log.logFaults).toEqual([expect.stringContaining('deleted, replaced or changed')]);
      expect((await log.add('d')).seq).toBe(8);
      expect(log.logFaults).toEqual([expect.any(String), null]);
      await log.close();
      const [, opened, recovered] = log.entries.slice(-5);
      expect([opened?.type, opened?.detail]).toEqual([
        'opened',
        expect.stringMatching(/^segment 1 continues 5 at /),
      ]);
      expect([recovered?.type, recovered?.detail]).toEqual(['recovered', expect.stringContaining('missing')]);
      expect(await verdictOf(log)).toMatchObject({ verdict: 'tampered' });
      // From here on it goes on as ever.
      const again = await openTestLog(log);
      expect((await again.add('e')).seq).toBe(10);
    },
  );

  test('fails closed when somebody has added to its file, and goes on behind what is its own', async () => {
    const log = await openTestLog();
    await log.add('a');
    const [segment = ''] = listSegments(log.dir);
    appendFileSync(join(log.dir, segment), 'somebody else\n');
    await expect(log.add('refused')).rejects.toMatchObject({ code: 'audit_unavailable' });
    expect(log.logFaults).toEqual([expect.stringContaining('deleted, replaced or changed')]);
    await log.close();
  });

  test.each(losses)('goes on from its checkpoint when %s while it is closed', async (_, lose) => {
    const written = await writeTestLog([3]);
    lose(written.segments[0]?.path ?? '');
    expect(await verdictOf(written)).toMatchObject({ verdict: 'tampered' });
    const log = await openTestLog(written);
    expect((await log.add('more')).seq).toBe(7);
    await log.close();
    expect(log.entries.map(({ type }) => type)).toEqual(['opened', 'recovered', 'webhook', 'inconsistent']);
    expect(await verdictOf(log)).toMatchObject({ verdict: 'tampered' });
  });

  test('goes on when the whole folder of the log is an old copy, of before the erased keys', async () => {
    const clock = createFakeClock();
    const log = await openTestLog({ clock });
    await log.add('day 0');
    const [first = ''] = listSegments(log.dir);
    const copy = readFileSync(join(log.dir, first));
    for (let day = 1; day < 4; day += 1) {
      clock.jump(DAY_MS);
      await log.add(`day ${day}`);
    }
    await log.close();
    for (const name of listSegments(log.dir)) rmSync(join(log.dir, name));
    writeFileSync(join(log.dir, first), copy);
    const live = createMemorySecrets({ ...log.secrets.kept });
    delete live.kept['audit-root'];
    expect(await verdictOf({ dataDir: log.dataDir, secrets: live })).toMatchObject({
      verdict: 'tampered',
      fault: { seq: 3 },
    });
    const again = await openTestLog({ dataDir: log.dataDir, secrets: live, clock });
    expect((await again.add('more')).seq).toBe(11);
    expect(again.entries[0]?.detail).toMatch(/^segment 4 continues 8 at /);
  });

  function cutLines(path: string, count: number): void {
    const lines = readFileSync(path, 'utf8').split(/(?<=\n)/);
    writeFileSync(path, lines.slice(0, -count).join(''));
  }

  /** Another file under its name, as a backup program leaves it. */
  function replaceByCopy(path: string, lines: number): void {
    const text = readFileSync(path, 'utf8').split(/(?<=\n)/);
    writeFileSync(`${path}.new`, text.slice(0, lines).join(''));
    renameSync(`${path}.new`, path);
  }
});

test('the log begins anew, with other keys, once it and its keys are moved away', async () => {
  const { dataDir, secrets } = await writeTestLog([2]);
  renameSync(auditDir(dataDir), `${auditDir(dataDir)}.old`);
  const { 'audit-key': _, ...others } = secrets.kept;
  const fresh = createMemorySecrets(others as Record<string, string>);
  const log = await openTestLog({ dataDir, secrets: fresh });
  expect((await log.add('first')).seq).toBe(2);
  await log.close();
  expect(fresh.kept['audit-root']).not.toBe(secrets.kept['audit-root']);
  expect(await verdictOf({ dataDir, secrets: fresh })).toMatchObject({ verdict: 'whole', entries: 2 });
});

/** Returns what frees it. */
function fillDisk(): () => void {
  return takeOverFs('writeSync', () => {
    throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
  });
}

test('F19 a log that a full disk keeps from being begun is begun in order once there is space', async () => {
  const log = await openTestLog();
  const free = fillDisk();
  expect(() => log.audit.open()).toThrow('The disk of the audit log is full.');
  free();
  await log.add('an entry');
  await log.close();
  expect(log.entries.map(({ type }) => type)).toEqual(['opened', 'webhook']);
  expect(await verdictOf(log)).toMatchObject({ verdict: 'whole' });
});

test('F19 what was mended on a full disk is told once there is space', async () => {
  const written = await writeTestLog([3]);
  appendFileSync(written.segments[0]?.path as string, 'torn');
  const log = await openTestLog(written);
  const free = fillDisk();
  expect(() => log.audit.open()).toThrow('The disk of the audit log is full.');
  free();
  await log.add('an entry');
  await log.close();
  expect(log.entries.map(({ type }) => type)).toEqual(['recovered', 'webhook']);
  expect(await verdictOf(log)).toMatchObject({ verdict: 'whole' });
});

test('a folder that cannot be written to fails closed, and says so once, until it can be', async () => {
  const clock = createFakeClock();
  const log = await openTestLog({ clock });
  await log.add('before');
  renameSync(log.dir, `${log.dir}.away`);
  writeFileSync(log.dir, 'not a folder');
  clock.jump(DAY_MS);
  for (let turn = 0; turn < 3; turn += 1) {
    await expect(log.add('refused')).rejects.toMatchObject({ code: 'audit_unavailable' });
  }
  expect(log.logFaults).toEqual([expect.stringMatching(/: ENOTDIR$/)]);
  rmSync(log.dir);
  renameSync(`${log.dir}.away`, log.dir);
  expect((await log.add('after')).seq).toBe(4);
  expect(log.logFaults.at(-1)).toBeNull();
  await log.close();
  expect(await verdictOf(log)).toMatchObject({ verdict: 'whole', entries: 4, segments: 2 });
});
