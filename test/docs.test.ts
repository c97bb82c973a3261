import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { errorTable } from '../main/pipeline/errors.ts';

const doc = (name: string) => readFileSync(join(import.meta.dirname, '../docs', name), 'utf8');

test('docs/errors.md lists every code with its status, title and hint, and no other', () => {
  const rows = [...doc('errors.md').matchAll(/^\| `(\w+)` +\| (\d+) +\| (.+?) +\| (.+?) +\|$/gm)];
  const listed = Object.fromEntries(
    rows.map(([, code, status, title, hint]) => [code, { status: Number(status), title, hint }]),
  );
  expect(listed).toEqual(errorTable);
});

test('docs/architecture.md has a place for every file and folder of main/, and for every step of the pipeline', () => {
  const [, house = ''] = doc('architecture.md').split('```');
  const named = new Set(house.split(/[\s,()/]+/));
  const inside = ['', 'pipeline'].flatMap((folder) =>
    readdirSync(join(import.meta.dirname, '../main', folder)),
  );
  expect(inside.filter((name) => !named.has(name))).toEqual([]);
});
