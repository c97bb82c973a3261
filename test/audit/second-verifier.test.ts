import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { segmentName } from '../../main/audit/format/segments.ts';
import { asWritten, type WrittenLog, writeTestLog } from '../support/audit-log.ts';
import { verifyLog } from '../support/verify-log.ts';
import { type Means, secondVerifier } from './second-verifier.ts';

async function setUp() {
  const log = await writeTestLog([5, 3, 4]);
  const { verifier } = await log.evidence();
  const means: Means = { publicKey: verifier.text, root: log.secrets.kept['audit-root'] as string };
  return { log, means };
}

/** Both verdicts, with the first bad entry where both can tell. */
async function verdicts(log: WrittenLog, means: Means) {
  const withRoot = verifyLog(log.dir, await log.evidence('root'));
  const withPublicKey = verifyLog(log.dir, await log.evidence('public'));
  return {
    ours: [{ verdict: withRoot.verdict, seq: withRoot.fault?.seq }, withPublicKey.verdict],
    theirs: [
      { seq: undefined, ...secondVerifier(log.dataDir, means) },
      secondVerifier(log.dataDir, { publicKey: means.publicKey }).verdict,
    ],
  };
}

test('a verifier written from the page alone has about 200 lines and imports nothing of poptray', () => {
  const source = readFileSync(join(import.meta.dirname, 'second-verifier.ts'), 'utf8');
  expect(source.split('\n').length).toBeLessThan(250);
  const imports = [...source.matchAll(/ from '(.+?)'/g)].map(([, module]) => module);
  expect(imports).toEqual(['node:crypto', 'node:fs', 'node:path']);
});

test('it finds a whole log whole', async () => {
  const { log, means } = await setUp();
  const { ours, theirs } = await verdicts(log, means);
  expect([ours, theirs]).toEqual([theirs, [{ verdict: 'whole', seq: undefined }, 'whole']]);
});

test('it agrees that a line without end is none, and a short one a torn tail', async () => {
  const { log, means } = await setUp();
  const { path, lines } = log.segments.at(-1) as WrittenLog['segments'][number];
  for (const [length, verdict] of [
    [1000, 'torn'],
    [2 << 20, 'tampered'],
  ] as const) {
    writeFileSync(path, lines.join('') + 'x'.repeat(length));
    const { ours, theirs } = await verdicts(asWritten(log), means);
    expect([ours, theirs]).toEqual([theirs, [{ verdict, seq: 16 }, verdict]]);
  }
});

test.each([
  [0, 2, 1],
  [1, 8, 7],
  [2, 12, 11],
])('it agrees that the log is not whole when segment %i is numbered %i', async (segment, number, seq) => {
  const { log, means } = await setUp();
  renameSync(log.segments[segment]?.path as string, join(log.dir, segmentName(number)));
  const { ours, theirs } = await verdicts(asWritten(log), means);
  expect([ours, theirs]).toEqual([theirs, [{ verdict: 'tampered', seq }, 'tampered']]);
});

test('W17 it agrees on logs whose bytes, lines and files were changed at will', async () => {
  const { log, means } = await setUp();
  const files = log.segments.map(({ path, lines }) => ({ path, lines, bytes: Buffer.from(lines.join('')) }));
  const restore = () => {
    for (const { path, bytes } of files) writeFileSync(path, bytes);
  };
  const segment = fc.nat(files.length - 1);
  const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const at = (share: number, length: number) => Math.floor(share * length);
  const changes = fc.oneof(
    fc.record({ kind: fc.constant('byte' as const), segment, place, by: fc.integer({ min: 1, max: 255 }) }),
    fc.record({ kind: fc.constant('cut' as const), segment, place }),
    fc.record({ kind: fc.constant('line removed' as const), segment, place }),
    fc.record({ kind: fc.constant('line doubled' as const), segment, place }),
    fc.record({ kind: fc.constant('lines swapped' as const), segment, place }),
    fc.record({ kind: fc.constant('file removed' as const), segment }),
    fc.record({ kind: fc.constant('text appended' as const), segment, text: fc.string({ minLength: 1 }) }),
  );
  const seen = new Set<string>();
  await fc.assert(
    fc
      .asyncProperty(changes, async (change) => {
        const { path, lines, bytes } = files[change.segment] as (typeof files)[number];
        const line = 'place' in change ? at(change.place, lines.length) : 0;
        switch (change.kind) {
          case 'byte': {
            const changed = Buffer.from(bytes);
            const index = at(change.place, bytes.length);
            changed[index] = (changed[index] as number) ^ change.by;
            writeFileSync(path, changed);
            break;
          }
          case 'cut':
            writeFileSync(path, bytes.subarray(0, at(change.place, bytes.length)));
            break;
          case 'line removed':
            writeFileSync(path, lines.toSpliced(line, 1).join(''));
            break;
          case 'line doubled':
            writeFileSync(path, lines.toSpliced(line, 0, lines[line] as string).join(''));
            break;
          case 'lines swapped':
            writeFileSync(path, [...lines.slice(line), ...lines.slice(0, line)].join(''));
            break;
          case 'file removed':
            rmSync(path);
            break;
          case 'text appended':
            writeFileSync(path, change.text, { flag: 'a' });
        }
        const { ours, theirs } = await verdicts(asWritten(log), means);
        seen.add(String(theirs[1]));
        expect(ours).toEqual(theirs);
      })
      .beforeEach(restore),
    { numRuns: 300 },
  );
  expect([...seen].sort()).toEqual(expect.arrayContaining(['tampered', 'torn', 'whole']));
});
