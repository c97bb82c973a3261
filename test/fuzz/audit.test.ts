import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseLine } from '../../main/audit/chain.ts';
import { readEntries } from '../../main/audit/reader.ts';
import { ensureAuditDir, segmentName } from '../../main/audit/segments.ts';
import { verifyLog } from '../../main/audit/verify.ts';
import { writeTestLog } from '../support/audit-log.ts';
import { quickest } from '../support/quickest.ts';
import { tempDir } from '../support/temp-dir.ts';

const SIZE = 64 * 1024;
const LINE = `{"entry":{"seq":1},"mac":"${Buffer.alloc(32).toString('base64')}"}\n`;

describe('the reader of the log', () => {
  test('throws nothing, whatever is in a segment, and gives objects alone', () => {
    const dir = join(tempDir(), 'audit');
    ensureAuditDir(dir);
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
      fc
        .oneof(
          fc.json(),
          fc.string({ unit: 'binary', maxLength: 20 }),
          fc.constantFrom('{', 'null', '7', '[]', '"x"'),
        )
        .map((json) => Buffer.from(LINE.replace('{"seq":1}', json))),
      fc.constant(Buffer.from('\n')),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        writeFileSync(join(dir, segmentName(1)), Buffer.concat(pieces));
        for (const entry of readEntries(dir)) expect(entry).toBeTypeOf('object');
      }),
      { numRuns: 1000 },
    );
  });

  test('and the verifier throw nothing when bytes of a log were changed, and never call it whole', async () => {
    const log = await writeTestLog([3, 4]);
    const evidence = await log.evidence('root');
    expect(verifyLog(log.dir, evidence).verdict).toBe('whole');
    const originals = log.segments.map(({ path }) => ({ path, bytes: readFileSync(path) }));
    fc.assert(
      fc.property(
        fc.nat(1),
        fc.nat(),
        fc.nat(20),
        fc.uint8Array({ maxLength: 20 }),
        (which, at, remove, add) => {
          const { path, bytes } = originals[which] as (typeof originals)[0];
          const from = at % bytes.length;
          const changed = Buffer.concat([bytes.subarray(0, from), add, bytes.subarray(from + remove)]);
          fc.pre(!changed.equals(bytes));
          writeFileSync(path, changed);
          try {
            expect(verifyLog(log.dir, evidence).verdict).not.toBe('whole');
            expect([...readEntries(log.dir)].length).toBeGreaterThan(0);
          } finally {
            writeFileSync(path, bytes);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test.each([
    ['no lines', 'x'.repeat(SIZE)],
    ['empty lines', '\n'.repeat(SIZE)],
    ['lines', LINE.repeat(SIZE / LINE.length)],
    ['lines that are none', '{"entry":\n'.repeat(SIZE / 10)],
    ['brackets', `{"entry":${'['.repeat(SIZE - 80)},"mac":"${Buffer.alloc(32).toString('base64')}"}\n`],
    ['NUL', '\0'.repeat(SIZE)],
  ])('takes under 50 ms for 64 KiB of %s', (_what, text) => {
    const dir = join(tempDir(), 'audit');
    ensureAuditDir(dir);
    const path = join(dir, segmentName(1));
    writeFileSync(path, text);
    expect(quickest(() => [...readEntries(dir)])).toBeLessThan(50);
    rmSync(path);
    const bytes = Buffer.from(text);
    expect(quickest(() => parseLine(bytes))).toBeLessThan(50);
  });
});
