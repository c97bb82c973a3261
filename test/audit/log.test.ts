import { appendFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import canonicalize from 'canonicalize';
import { describe, expect, test } from 'vitest';
import { canonicalEntry, chainKey } from '../../main/audit/chain.ts';
import { LogLocked, lockLog } from '../../main/audit/lock.ts';
import { createAuditLog } from '../../main/audit/log.ts';
import { listSegments } from '../../main/audit/segments.ts';
import { verifyLog } from '../../main/audit/verify.ts';
import { createSystemClock } from '../../main/platform/clock.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import { newEntry } from '../../shared/audit.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { tempDir } from '../support/temp-dir.ts';

const KEY = chainKey(Buffer.alloc(32, 7));

function openLog(dir = tempDir(), clock = createSystemClock(), key = KEY) {
  const entries: AuditEntry[] = [];
  const log = createAuditLog({
    dir,
    key,
    clock,
    unlock: lockLog(dir),
    onEntry: (entry) => entries.push(entry),
  });
  return { dir, log, entries };
}

async function writeLog(count: number, key = KEY) {
  const { dir, log } = openLog(tempDir(), createSystemClock(), key);
  const news = Array.from({ length: count }, (_, index) => newEntry('webhook', { detail: `entry ${index}` }));
  await Promise.all(news.map((entry) => log.append(entry, 'durable')));
  await log.close();
  const file = join(dir, listSegments(dir)[0] ?? '');
  return { dir, file, lines: readFileSync(file, 'utf8').split(/(?<=\n)/) };
}

describe('the audit log', () => {
  test('numbers entries in the order of the calls and opens each log with the key’s name', async () => {
    const { log, entries, dir } = openLog();
    await Promise.all(
      ['a', 'b', 'c'].map((detail) => log.append(newEntry('webhook', { detail }), 'written')),
    );
    await log.close();
    expect(entries.map(({ seq, detail }) => [seq, detail])).toEqual([
      [1, `segment 0 continues 0 at ${'A'.repeat(43)}=`],
      [2, 'a'],
      [3, 'b'],
      [4, 'c'],
    ]);
    expect(verifyLog(dir, KEY)).toEqual({ verdict: 'whole', entries: 4, segments: 1 });
  });

  test('is canonical JSON as RFC 8785 has it', async () => {
    const { entries, log } = openLog();
    const phases = { token: 1.5, queue: 0.25, delivery: 1e-7 };
    await log.append(newEntry('result', { phases, latencyMs: 12.4, detail: 'é\u2028"\\\u0007' }), 'written');
    await log.close();
    for (const entry of entries) expect(canonicalEntry(entry)).toBe(canonicalize(entry));
  });

  test('is readable by its owner alone', async () => {
    const { dir, file } = await writeLog(1);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(dir, 'head.ndjson')).mode & 0o777).toBe(0o600);
  });

  test('goes on where it ended, also in a new segment on a new day', async () => {
    const clock = createFakeClock();
    const dir = tempDir();
    for (let day = 0; day < 3; day += 1) {
      const { log } = openLog(dir, clock);
      await log.append(newEntry('webhook', { detail: `day ${day}` }), 'durable');
      await log.close();
      clock.jump(24 * 60 * 60 * 1000);
    }
    expect(verifyLog(dir, KEY)).toEqual({ verdict: 'whole', entries: 6, segments: 3 });
  });

  test('has one writer', async () => {
    const { dir, log } = openLog();
    expect(() => openLog(dir)).toThrow(LogLocked);
    await log.close();
    const second = openLog(dir);
    await second.log.close();
  });

  test('refuses to go on in a log of another key', async () => {
    const { dir } = await writeLog(2);
    const { log } = openLog(dir, createSystemClock(), chainKey(Buffer.alloc(32, 8)));
    await expect(log.append(newEntry('webhook', {}), 'written')).rejects.toMatchObject({
      code: 'audit_unavailable',
    });
    await log.close();
  });

  test('drops a torn tail at whatever byte it was torn, says so, and goes on', async () => {
    const length = (await writeLog(3)).lines[3]?.length ?? 0;
    for (let kept = 1; kept < length; kept += 61) {
      const { dir, file, lines } = await writeLog(3);
      appendFileSync(file, (lines[3] ?? '').slice(0, kept));
      expect(verifyLog(dir, KEY).verdict).toBe('torn');
      const { log, entries } = openLog(dir);
      log.open();
      await log.close();
      expect(entries[0]?.detail).toBe(`dropped ${kept} bytes of an unfinished entry`);
      expect(verifyLog(dir, KEY).verdict).toBe('whole');
    }
  });
});

describe('audit verify', () => {
  const cases: [string, (lines: string[]) => string[], number][] = [
    ['one changed byte', (lines) => lines.with(2, (lines[2] ?? '').replace('entry 1', 'entry 7')), 3],
    ['one changed byte in a MAC', (lines) => lines.with(2, flipMac(lines[2] ?? '')), 3],
    ['an added space', (lines) => lines.with(2, (lines[2] ?? '').replace(':', ': ')), 3],
    ['a missing line', (lines) => lines.toSpliced(2, 1), 3],
    ['a missing first line', (lines) => lines.slice(1), 1],
    ['two swapped lines', (lines) => lines.with(2, lines[3] ?? '').with(3, lines[2] ?? ''), 3],
    ['a line twice', (lines) => lines.toSpliced(2, 0, lines[2] ?? ''), 4],
    ['a last line cut off', (lines) => lines.slice(0, -1), 5],
    ['half of the last line cut off', (lines) => lines.with(4, (lines[4] ?? '').slice(0, 99)), 5],
    ['nothing left', () => [], 1],
  ];

  test('survives one spoiled line of the head, but not both', async () => {
    const { dir } = await writeLog(4);
    const head = readFileSync(join(dir, 'head.ndjson'), 'utf8').split(/(?<=\n)/);
    const [spoiled, kept] = head.map((line) => JSON.parse(line).seq) as [number, number];
    expect([spoiled, kept]).toEqual([1, 5]);
    writeFileSync(join(dir, 'head.ndjson'), `${' '.repeat(20)}\n${head[1]}`);
    expect(verifyLog(dir, KEY).verdict).toBe('whole');
    writeFileSync(join(dir, 'head.ndjson'), 'spoiled');
    expect(verifyLog(dir, KEY).verdict).toBe('tampered');
  });

  test.each(cases)('finds %s and names the first bad entry', async (_, change, seq) => {
    const { dir, file, lines } = await writeLog(4);
    writeFileSync(file, change(lines).join(''));
    expect(verifyLog(dir, KEY)).toMatchObject({ verdict: 'tampered', fault: { seq } });
  });

  test('finds the lines of another log, although both are whole', async () => {
    const ours = await writeLog(4);
    const theirs = await writeLog(4);
    writeFileSync(ours.file, [...ours.lines.slice(0, 3), ...theirs.lines.slice(3)].join(''));
    expect(verifyLog(ours.dir, KEY)).toMatchObject({ verdict: 'tampered', fault: { seq: 4 } });
  });

  test('takes a log that was killed at its birth for one that the next start mends', async () => {
    const { dir, file, lines } = await writeLog(1);
    rmSync(join(dir, 'head.ndjson'));
    for (const born of ['', lines[0] ?? '']) {
      writeFileSync(file, born);
      expect(verifyLog(dir, KEY).verdict).toBe('torn');
    }
    const { log } = openLog(dir);
    log.open();
    await log.close();
    expect(verifyLog(dir, KEY).verdict).toBe('whole');
  });

  test('finds the whole log taken away', () => {
    expect(verifyLog(tempDir(), KEY)).toMatchObject({ verdict: 'tampered', fault: { seq: 1 } });
  });

  test('finds a whole segment taken away', async () => {
    const clock = createFakeClock();
    const dir = tempDir();
    for (let day = 0; day < 2; day += 1) {
      const { log } = openLog(dir, clock);
      await log.append(newEntry('webhook', {}), 'durable');
      await log.close();
      clock.jump(24 * 60 * 60 * 1000);
    }
    writeFileSync(join(dir, listSegments(dir)[0] ?? ''), '');
    expect(verifyLog(dir, KEY)).toMatchObject({ verdict: 'tampered', fault: { seq: 1 } });
  });

  test('does not take a log appended to by hand for whole', async () => {
    const { dir, file, lines } = await writeLog(2);
    appendFileSync(file, lines[1] ?? '');
    expect(verifyLog(dir, KEY)).toMatchObject({ verdict: 'tampered', fault: { seq: 4 } });
  });
});

function flipMac(line: string): string {
  const at = line.length - 20;
  return line.slice(0, at) + (line[at] === 'A' ? 'B' : 'A') + line.slice(at + 1);
}
