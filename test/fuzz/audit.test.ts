import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChainKey } from '../../main/audit/format/chain.ts';
import { parseLine } from '../../main/audit/format/chain.ts';
import { openingIn } from '../../main/audit/format/entry.ts';
import { ensureAuditDir, readEnd, segmentName } from '../../main/audit/format/segments.ts';
import { readEntries } from '../../main/audit/read/entries.ts';
import { followLog, lastSeq } from '../../main/audit/read/follow.ts';
import { readAt } from '../../main/audit/read/read-at.ts';
import { openTail } from '../../main/audit/writer/open-tail.ts';
import { dayOf } from '../../main/audit/writer/tail.ts';
import { PopError } from '../../main/pipeline/errors.ts';
import { auditEntrySchema } from '../../shared/audit.ts';
import { writeTestLog } from '../support/audit-log.ts';
import { ONE_LOOK_MS, quickest } from '../support/quickest.ts';
import { tempDir } from '../support/temp-dir.ts';
import { verifyLog } from '../support/verify-log.ts';
import { anyEdit, edited } from './arbitraries.ts';

const SIZE = 64 * 1024;
const MAC = Buffer.alloc(32).toString('base64');
const lineOf = (json: string) => `{"entry":${json},"mac":"${MAC}"}\n`;

const anyOpening = fc
  .tuple(fc.nat(9_999_999), fc.nat())
  .map(([segment, count]) => `{"detail":"segment ${segment} continues ${count} at ${MAC}","type":"opened"}`);
const anyLine = fc
  .oneof(
    fc.json(),
    anyOpening,
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom('{', 'null', '7', '[]', '{"type":"result"}', '{"type":"removed","detail":"x"}'),
  )
  .map((json) => Buffer.from(lineOf(json)));
const anyBytes = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
const anySegment = fc
  .array(fc.oneof(anyBytes, anyLine, fc.constant(Buffer.from('\n'))), { maxLength: 6 })
  .map((pieces) => Buffer.concat(pieces));

/** All that reads a log without its keys. */
function readAll(dir: string): void {
  for (const entry of readEntries(dir)) auditEntrySchema.parse(entry);
  const follower = followLog(dir, 0);
  while (!follower.next(3).isEnd);
  lastSeq(dir);
  const places = [0, 1, 60, 1000, 2 ** 40].map((place, at) => ({ seq: at + 1, place }));
  for (const entry of readAt(dir, places)) auditEntrySchema.parse(entry);
}

describe('the readers of the log', () => {
  test('throw nothing and come to an end, whatever is in its segments, and give entries alone', () => {
    const dir = join(tempDir(), 'audit');
    ensureAuditDir(dir);
    fc.assert(
      fc.property(anySegment, anySegment, fc.integer({ min: 2, max: 999_999_999_999 }), (one, two, seq) => {
        const second = join(dir, segmentName(seq));
        writeFileSync(join(dir, segmentName(1)), one);
        writeFileSync(second, two);
        try {
          readAll(dir);
        } finally {
          rmSync(second);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('and the verifier throw nothing when bytes of a log were changed, and never call it whole', async () => {
    const log = await writeTestLog([3, 4]);
    const evidence = await log.evidence('root');
    expect(verifyLog(log.dir, evidence).verdict).toBe('whole');
    const originals = log.segments.map(({ path }) => ({ path, bytes: readFileSync(path) }));
    fc.assert(
      fc.property(fc.nat(1), anyEdit, (which, edit) => {
        const { path, bytes } = originals[which] as (typeof originals)[0];
        const changed = edited(bytes, edit);
        fc.pre(!changed.equals(bytes));
        writeFileSync(path, changed);
        try {
          expect(verifyLog(log.dir, evidence).verdict).not.toBe('whole');
          readAll(log.dir);
        } finally {
          writeFileSync(path, bytes);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('and its writer go on from an end that is theirs alone, and refuse another one in words', async () => {
    const log = await writeTestLog([3]);
    const { key, checkpoints } = await log.evidence('live');
    const checkpoint = checkpoints.at(-1);
    const known = { seq: checkpoint?.count as number, mac: checkpoint?.mac as Buffer };
    const path = log.segments[0]?.path as string;
    const bytes = readFileSync(path);
    const anyFile = fc.oneof(
      anyEdit.map((edit) => edited(bytes, edit)),
      anySegment,
    );
    fc.assert(
      fc.property(anyFile, (file) => {
        writeFileSync(path, file);
        rmSync(join(log.dir, segmentName(known.seq + 1)), { force: true });
        try {
          expect(openTail(log.dir, key as ChainKey, known, dayOf(Date.parse('2026-11-23'))).tail.seq).toBe(
            known.seq,
          );
        } catch (error) {
          expect(error).toBeInstanceOf(PopError);
        }
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['no lines', 'x'.repeat(SIZE)],
    ['empty lines', '\n'.repeat(SIZE)],
    ['lines', lineOf('{"seq":1}').repeat(SIZE / 80)],
    ['lines that are none', '{"entry":\n'.repeat(SIZE / 10)],
    ['brackets', lineOf('['.repeat(SIZE - 80))],
    ['removals', lineOf('{"type":"removed","detail":"x"}').repeat(SIZE / 100)],
    [
      'openings',
      lineOf(`{"detail":"segment 99999 continues 0 at ${MAC}","type":"opened"}`).repeat(SIZE / 180),
    ],
    ['NUL', '\0'.repeat(SIZE)],
  ])('take one look at 64 KiB of %s', async (_what, text) => {
    const log = await writeTestLog([]);
    const evidence = await log.evidence();
    const path = join(log.dir, segmentName(2));
    writeFileSync(path, text);
    const bytes = Buffer.from(text);
    for (const work of [
      () => [...readEntries(log.dir)],
      () => followLog(log.dir, 0).next(SIZE),
      () => lastSeq(log.dir),
      () => readAt(log.dir, [{ seq: 2, place: 0 }]),
      () => verifyLog(log.dir, evidence),
      () => readEnd(log.dir, segmentName(2)),
      () => parseLine(bytes),
      () => openingIn(bytes),
    ])
      expect(quickest(work)).toBeLessThan(ONE_LOOK_MS);
  });
});
