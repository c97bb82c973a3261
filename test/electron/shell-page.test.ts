import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(join(import.meta.dirname, path), 'utf8');
const rows = read('../../docs/shell.md')
  .split('\n')
  .filter((line) => /^\| (?!-|no\.|what)/.test(line) || /^\| what .*`\w/.test(line))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const numbered = rows.filter(([no = '']) => /^\d+$/.test(no));

test('docs/shell.md has all nineteen faults, in order; those without a test are the packaging’s', () => {
  expect(numbered.map(([no]) => Number(no))).toEqual(Array.from({ length: 19 }, (_, index) => index + 1));
  const untested = numbered.filter((cells) => cells.at(-1) === '');
  expect(untested.every(([, , does]) => does === 'packaging: not yet')).toBe(true);
});

test('it names tests that are there', () => {
  const named = rows.flatMap((cells) => (cells.at(-1) === '' ? [] : (cells.at(-1)?.split('<br>') ?? [])));
  expect(named.length).toBeGreaterThan(35);
  for (const reference of named) {
    const [, file = '', title = ''] = /^`([\w./-]+)`: (.+)$/.exec(reference) ?? [];
    expect(title, reference).not.toBe('');
    expect(read(file).includes(`'${title}'`), reference).toBe(true);
  }
});
