/** A hole: what a power cut can leave within the entries that no sync has reached. docs/audit-format.md, Holes. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type NewAuditEntry, newEntry } from '../../shared/new-entry.ts';
import { asWritten, createMemorySecrets, openTestLog, type WrittenLog } from '../support/audit-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { tempDir } from '../support/temp-dir.ts';
import { verifyLog } from '../support/verify-log.ts';
import { secondVerifier } from './second-verifier.ts';

const of = (detail: string) => newEntry('webhook', { detail });

interface Cut {
  /** A copy of the log as it was when the power was cut, with so many zero bytes at each place; the places count from the end of what is signed. */
  copy(...holes: { from: number; bytes: number }[]): WrittenLog;
  /** How many bytes no checkpoint counts. */
  readonly unsigned: number;
  readonly signed: { readonly entries: number; readonly bytes: number };
  /** Where each of its last lines begins, from the end of what is signed. */
  readonly places: readonly number[];
}

/** A log of three entries that are signed, and these that are not; `null` lets a minute and a second pass. */
async function cutLog(news: readonly (NewAuditEntry | null)[], days = 1): Promise<Cut> {
  const clock = createFakeClock();
  const log = await openTestLog({ clock });
  for (let day = 0; day < days; day += 1) {
    if (day > 0) clock.jump(86_400_000);
    for (const detail of ['a', 'b', 'c']) await log.add(detail);
  }
  log.audit.syncNow();
  const before = asWritten(log).segments.at(-1);
  const bytes = before?.lines.join('').length ?? 0;
  for (const entry of news) {
    if (entry) await log.audit.append(entry, 'written');
    // The clock of the machine alone: nothing is signed meanwhile.
    else clock.suspend(61_000);
  }
  const { segments } = asWritten(log);
  const { path = '', lines = [] } = segments.at(-1) ?? {};
  const late = lines.slice(before?.lines.filter((line) => line !== '').length);
  return {
    unsigned: readFileSync(path).length - bytes,
    signed: { entries: 4 * days, bytes },
    places: late.map((_, at) => late.slice(0, at).join('').length).slice(0, news.filter(Boolean).length),
    copy(...holes) {
      const dataDir = join(tempDir(), 'data');
      cpSync(log.dataDir, dataDir, { recursive: true });
      const copied = asWritten({ dataDir, secrets: createMemorySecrets({ ...log.secrets.kept }) });
      const file = copied.segments.at(-1)?.path ?? '';
      const content = readFileSync(file);
      for (const hole of holes) content.fill(0, bytes + hole.from, bytes + hole.from + hole.bytes);
      writeFileSync(file, content);
      return copied;
    },
  };
}

async function verdictOf(log: WrittenLog) {
  const evidence = await log.evidence();
  const { verdict, entries, fault } = verifyLog(log.dir, evidence);
  const root = log.secrets.kept['audit-root'];
  const theirs = secondVerifier(log.dataDir, { publicKey: evidence.verifier.text, root });
  expect(theirs.verdict, 'the second verifier').toBe(verdict);
  if (verdict !== 'whole') expect('seq' in theirs && theirs.seq).toBe(fault?.seq);
  return { verdict, entries };
}

/** What a start makes of it: what it says was mended, and whether it signs no more. */
async function start(log: WrittenLog) {
  const opened = await openTestLog(log);
  await opened.add('after the power cut');
  await opened.close();
  const mended = opened.entries.filter(({ type }) => type === 'recovered');
  return {
    mended: mended.map(({ detail }) => detail),
    isInconsistent: opened.inconsistency() !== null,
    seq: opened.entries.at(-1)?.seq,
  };
}

describe('a hole behind all that a checkpoint counts', () => {
  test('F17 wherever it is, however many there are: the log is torn there, and the next start goes on', async () => {
    const cut = await cutLog(['x', 'y', 'z', 'zz'].map(of));
    const hole = fc.record({ from: fc.nat(cut.unsigned - 1), bytes: fc.integer({ min: 1, max: 700 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(hole, { minLength: 1, maxLength: 3 }), async (holes) => {
        const log = cut.copy(
          ...holes.map(({ from, bytes }) => ({ from, bytes: Math.min(bytes, cut.unsigned - from) })),
        );
        const first = Math.min(...holes.map(({ from }) => from));
        const left = cut.places.filter((at) => at <= first).length - 1;
        const entries = cut.signed.entries + left;
        expect(await verdictOf(log)).toEqual({ verdict: 'torn', entries });
        const dropped = cut.unsigned - (cut.places[left] ?? 0);
        const { mended, isInconsistent, seq } = await start(log);
        expect(mended).toEqual([expect.stringMatching(`^dropped ${dropped} bytes `)]);
        expect([isInconsistent, seq]).toEqual([false, entries + 2]);
        expect(await verdictOf(log)).toEqual({ verdict: 'whole', entries: entries + 2 });
      }),
      { numRuns: 40 },
    );
  });

  test('in the first line of a segment takes the segment away', async () => {
    const clock = createFakeClock();
    const log = await openTestLog({ clock });
    await log.add('a');
    log.audit.syncNow();
    clock.jump(86_400_000);
    for (const detail of ['x', 'y']) await log.audit.append(of(detail), 'written');
    const dataDir = join(tempDir(), 'data');
    cpSync(log.dataDir, dataDir, { recursive: true });
    const copied = asWritten({ dataDir, secrets: createMemorySecrets({ ...log.secrets.kept }) });
    const { path = '' } = copied.segments[1] ?? {};
    writeFileSync(path, readFileSync(path).fill(0, 20, 90));
    expect(await verdictOf(copied)).toEqual({ verdict: 'torn', entries: 2 });
    expect(await start(copied)).toMatchObject({
      isInconsistent: false,
      mended: [expect.stringMatching(/^dropped/)],
    });
    expect(await verdictOf(copied)).toMatchObject({ verdict: 'whole' });
  });

  test.each<[string, (NewAuditEntry | null)[]]>([
    [
      'a result, whose intent was on disk before',
      [of('x'), newEntry('intent', { popId: 'p' }), newEntry('result', { popId: 'p' })],
    ],
    ['entries of more than a minute, which is long since synced', [of('x'), of('y'), null, of('z')]],
    [
      'an entry that the log is inconsistent, which only a running poptray finds',
      [of('x'), newEntry('inconsistent', { detail: 'changed' })],
    ],
  ])('is none when behind it stands %s', async (_what, news) => {
    const cut = await cutLog(news);
    const log = cut.copy({ from: 10, bytes: 30 });
    expect(await verdictOf(log)).toEqual({ verdict: 'tampered', entries: cut.signed.entries });
    const { seq, isInconsistent, mended } = await start(log);
    expect(seq, 'nothing is dropped').toBeGreaterThan(cut.signed.entries + cut.places.length);
    expect([isInconsistent, mended]).toEqual([true, []]);
    expect(await verdictOf(log)).toMatchObject({ verdict: 'tampered' });
  });

  test.each<[string, (NewAuditEntry | null)[]]>([
    ['an intent alone', [of('x'), newEntry('intent', { popId: 'p' })]],
    [
      'the result of another pop',
      [of('x'), newEntry('intent', { popId: 'p' }), newEntry('result', { popId: 'q' })],
    ],
  ])('is one when behind it stands %s', async (_what, news) => {
    const cut = await cutLog(news);
    expect(await verdictOf(cut.copy({ from: 10, bytes: 30 }))).toMatchObject({ verdict: 'torn' });
  });

  test('is no excuse for a change: any other byte is tampered with', async () => {
    const cut = await cutLog(['x', 'y', 'z'].map(of));
    await fc.assert(
      fc.asyncProperty(fc.nat(cut.unsigned - 2), fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const log = cut.copy();
        const path = log.segments.at(-1)?.path ?? '';
        const content = readFileSync(path);
        const place = cut.signed.bytes + at;
        content[place] = (content[place] as number) ^ by;
        fc.pre(content[place] !== 0);
        writeFileSync(path, content);
        expect(['tampered']).toContain(verifyLog(log.dir, await log.evidence()).verdict);
      }),
      { numRuns: 60 },
    );
  });
});

test('a hole in what a checkpoint counts is tampered with, and nothing is dropped for it', async () => {
  const cut = await cutLog(['x', 'y'].map(of), 2);
  for (const back of [1, 200, 900, cut.signed.bytes - 10]) {
    const log = cut.copy({ from: -back, bytes: 1 });
    expect((await verdictOf(log)).verdict).toBe('tampered');
    const path = log.segments.at(-1)?.path ?? '';
    const before = readFileSync(path);
    // Where it has spoiled the line that opens the segment nothing is appended.
    const { mended } = await start(log).catch((error) => {
      expect(error).toMatchObject({ code: 'audit_unavailable' });
      return { mended: [] };
    });
    expect(mended).toEqual([]);
    expect(readFileSync(path).subarray(0, before.length).equals(before)).toBe(true);
    expect((await verdictOf(log)).verdict).toBe('tampered');
  }
});

test('a hole in a segment before the last one is tampered with', async () => {
  const cut = await cutLog([of('x')], 2);
  const log = cut.copy();
  const path = log.segments[0]?.path ?? '';
  const content = readFileSync(path);
  writeFileSync(path, content.fill(0, content.length - 300, content.length - 200));
  expect((await verdictOf(log)).verdict).toBe('tampered');
});
