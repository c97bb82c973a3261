import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const read = (path: string) => readFileSync(join(import.meta.dirname, path), 'utf8');
const rows = read('../docs/security.md')
  .split('\n')
  .filter((line) => /^\| [A-Z]\d\d /.test(line))
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));

const numbered = (letter: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${letter}${String(index + 1).padStart(2, '0')}`);

describe('docs/security.md', () => {
  test('has every attack, every fault and every finding, once and in order', () => {
    const numbers = rows.map(([, row]) => row ?? '');
    expect(numbers).toEqual([
      ...numbered('L', 35),
      ...numbered('F', 32),
      ...numbered('S', 7),
      ...numbered('K', 9),
      ...numbered('H', 3),
      ...numbered('M', 7),
      ...numbered('W', 17),
    ]);
  });

  test.each(rows.map(([, row, , , tests]) => [row ?? '', tests ?? '']))(
    'names tests for %s that are there',
    (row, tests) => {
      const references = [...tests.matchAll(/`([^`]+)`: ((?:(?!<br>).)+)/g)];
      expect(references.length).toBeGreaterThan(0);
      expect(references.map(([whole]) => whole).join('<br>')).toBe(tests);
      for (const [, file = '', name = ''] of references) {
        const named = name.replaceAll('\\|', '|').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
        const call = new RegExp(`\\(\\s*['"\`]((?:[A-Z]\\d\\d )+)${named}['"\`]`);
        expect(call.exec(read(file))?.[1], `${file}: ${name}`).toContain(row);
      }
    },
  );
});
