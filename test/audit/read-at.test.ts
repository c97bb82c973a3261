import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { auditDir } from '../../main/audit/format/segments.ts';
import { readPlaced } from '../../main/audit/read/entries.ts';
import { readAt } from '../../main/audit/read/read-at.ts';
import { openLedger, result } from '../support/ledger.ts';

const DAY_MS = 86_400_000;

/** Three days of entries, some of them long, and where the log has each. */
async function written() {
  const ledger = openLedger();
  for (let pop = 0; pop < 60; pop += 1) {
    const entry = { ...result(`p${pop}`, 'delivered'), detail: 'ä€😀'.repeat(pop % 7 === 0 ? 4000 : 1) };
    await ledger.append(entry);
    if (pop % 20 === 19) await ledger.clock.advance(DAY_MS);
  }
  await ledger.close();
  const dir = auditDir(ledger.dir);
  return { dir, placed: [...readPlaced(dir)] };
}

test('entries are read from where they stand, in whatever order they are asked for', async () => {
  const { dir, placed } = await written();
  expect(readdirSync(dir).filter((name) => name.endsWith('.ndjson'))).toHaveLength(3);
  fc.assert(
    fc.property(fc.shuffledSubarray(placed), (some) => {
      const places = some.map(({ entry: { seq }, place }) => ({ seq, place }));
      expect(readAt(dir, places)).toEqual(some.map(({ entry }) => entry));
    }),
    { numRuns: 50 },
  );
});

test('from a number that is long gone on, all that is left is read', async () => {
  const { dir, placed } = await written();
  const [first] = readdirSync(dir).filter((name) => name.endsWith('.ndjson'));
  rmSync(join(dir, first as string));
  const left = [...readPlaced(dir)];
  expect(left.length).toBeGreaterThan(40);
  expect(left).toEqual(placed.slice(-left.length));
});

test('the writer says where it has put each of them', async () => {
  const ledger = openLedger();
  for (let pop = 0; pop < 5; pop += 1)
    await ledger.append({ ...result(`ä${pop}`, 'delivered'), detail: '€'.repeat(pop) });
  // The store was told by the writer, and finds each entry by it.
  expect(ledger.store.queries.page({}, 0, 9).entries.map(({ popId }) => popId)).toEqual(
    [4, 3, 2, 1, 0].map((pop) => `ä${pop}`),
  );
});

test('what does not stand there any more is left out', async () => {
  const { dir, placed } = await written();
  const places = placed.map(({ entry: { seq }, place }) => ({ seq, place }));
  const [first, second] = readdirSync(dir).filter((name) => name.endsWith('.ndjson'));
  const path = join(dir, second as string);
  const lines = readFileSync(path, 'utf8').split('\n');
  const changed = lines.findIndex((line) => line.includes('"popId":"p25"'));
  lines[changed] = lines[changed]?.replace('p25', 'p2') ?? '';
  writeFileSync(path, lines.join('\n'));
  rmSync(join(dir, first as string));
  const found = readAt(dir, places).map(({ popId }) => popId);
  expect(found).not.toContain('p3');
  expect(found).toContain('p24');
  // Those behind the changed line stand a byte before where they were.
  expect(found).not.toContain('p30');
  expect(found).toContain('p45');
  expect(
    readAt(dir, [
      { seq: 1, place: 0 },
      { seq: 50, place: 1e9 },
    ]),
  ).toEqual([]);
});
