import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isFinished, readLines } from '../../main/audit/format/segments.ts';
import { tempDir } from '../support/temp-dir.ts';

/** More than readLines reads at once. */
const MEBIBYTE = 1 << 20;

function fileOf(lines: readonly string[]): string {
  const dir = tempDir();
  writeFileSync(join(dir, 'lines'), lines.join(''));
  return dir;
}

test('lines are read whole, each at its place, wherever the reading of the file is divided', () => {
  const lines: string[] = [];
  for (let length = 0; length < 3 * MEBIBYTE; length += lines.at(-1)?.length ?? 0) {
    lines.push(`${randomBytes(Math.floor(Math.random() * 900)).toString('hex')}\n`);
  }
  // One that ends just with what is read at once, one that lies across such an end, and one that was never finished.
  lines.unshift(`${'x'.repeat(MEBIBYTE - 1)}\n`, '\n', `${'y'.repeat(MEBIBYTE - 1)}\n`);
  lines.push('torn');
  const dir = fileOf(lines);
  const read = [...readLines(dir, 'lines')];
  expect(read.length).toBe(lines.length);
  let offset = 0;
  for (const [index, line] of read.entries()) {
    expect(line.bytes.equals(Buffer.from(lines[index] as string))).toBe(true);
    expect([line.offset, isFinished(line)]).toEqual([offset, index < lines.length - 1]);
    offset += line.bytes.length;
  }
  const middle = Math.floor(read.length / 2);
  const half = read[middle] as (typeof read)[number];
  const rest = [...readLines(dir, 'lines', half.offset)];
  expect(rest.length).toBe(lines.length - middle);
  expect(rest[0]?.bytes.equals(half.bytes)).toBe(true);
});

test('an empty file has no lines, and empty lines are lines', () => {
  expect([...readLines(fileOf([]), 'lines')]).toEqual([]);
  expect([...readLines(fileOf(['\n', '\n', 'a\n']), 'lines')].map(({ bytes }) => String(bytes))).toEqual([
    '\n',
    '\n',
    'a\n',
  ]);
});
