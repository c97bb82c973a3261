import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { listSegments } from '../../main/audit/format/segments.ts';
import { countEntries, followLog, lastSeq } from '../../main/audit/read/follow.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { tempDir } from '../support/temp-dir.ts';
import { DAY_MS, openWrittenLog } from '../support/written-log.ts';

/** Reads on to the log's end. */
function rest(follower: ReturnType<typeof followLog>, lines = 2): number[] {
  const seqs: number[] = [];
  for (;;) {
    const { entries, isEnd } = follower.next(lines);
    seqs.push(...entries.map(({ seq }) => seq));
    expect(entries.length).toBeLessThanOrEqual(lines);
    if (isEnd) return seqs;
  }
}

const upTo = (last: number, first = 1) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('following the log', () => {
  test('gives each entry once, from any place, over segments, and as they are written', async () => {
    const clock = createFakeClock();
    const log = openWrittenLog({ clock });
    const early = followLog(log.dir, 0);
    expect(rest(early)).toEqual([]);
    await log.write(4);
    expect(rest(early)).toEqual(upTo(5));
    clock.jump(DAY_MS);
    await log.write(3);
    clock.jump(DAY_MS);
    await log.write(2);
    expect(listSegments(log.dir)).toHaveLength(3);
    expect(rest(early)).toEqual(upTo(12, 6));
    expect(rest(early)).toEqual([]);
    for (let after = 0; after <= 13; after += 1) {
      expect(rest(followLog(log.dir, after))).toEqual(upTo(12, after + 1));
    }
    const [, third] = followLog(log.dir, 1).next(9).entries;
    expect(third).toEqual(log.entries[2]);
    await log.close();
  });

  test('passes over what was removed from the beginning, also while it reads', async () => {
    const clock = createFakeClock();
    const log = openWrittenLog({ clock });
    for (let day = 0; day < 3; day += 1) {
      await log.write(3);
      clock.jump(DAY_MS);
    }
    const follower = followLog(log.dir, 0);
    expect(follower.next(2).entries.map(({ seq }) => seq)).toEqual([1, 2]);
    for (const segment of listSegments(log.dir).slice(0, 2)) rmSync(join(log.dir, segment));
    expect(rest(follower)).toEqual(upTo(12, 9));
    expect(rest(followLog(log.dir, 0))).toEqual(upTo(12, 9));
    await log.close();
  });

  test('leaves a line that is not finished, and goes over those that are no entries', async () => {
    const log = openWrittenLog();
    await log.write(5);
    await log.close();
    const file = join(log.dir, listSegments(log.dir)[0] ?? '');
    const damages: ((line: string) => string)[] = [
      (line) => line.replace('{"entry"', '{"Entry"'),
      (line) => line.replace('"detail":', '"detail"'),
      (line) => line.replace('"webhooks":[]', '"webhooks":{}'),
    ];
    const lines = readFileSync(file, 'utf8').split(/(?<=\n)/);
    const damaged = lines.map((line, index) => damages[index - 2]?.(line) ?? line);
    writeFileSync(file, damaged.join(''));
    appendFileSync(file, '{"entry":{');
    expect(rest(followLog(log.dir, 0))).toEqual([1, 2, 6]);
    expect(lastSeq(log.dir)).toBe(6);
    expect(countEntries(log.dir)).toBe(6);
  });

  test('finds the last entry’s number in any log', async () => {
    expect(lastSeq(join(tempDir(), 'none'))).toBe(0);
    expect(countEntries(join(tempDir(), 'none'))).toBe(0);
    const clock = createFakeClock();
    const log = openWrittenLog({ clock });
    await log.write(3);
    expect(lastSeq(log.dir)).toBe(4);
    await log.close();
    mkdirSync(log.dir, { recursive: true });
    writeFileSync(join(log.dir, 'audit-000000000005.ndjson'), '');
    expect(lastSeq(log.dir)).toBe(4);
  });
});
