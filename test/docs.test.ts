import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createMetrics } from '../main/observability/metrics.ts';
import { errorTable } from '../main/pipeline/errors.ts';
import { unreadySchema } from '../shared/readiness.ts';

const doc = (name: string) => readFileSync(join(import.meta.dirname, '../docs', name), 'utf8');

test('docs/errors.md lists every code with its status, title and hint, and no other', () => {
  const rows = [...doc('errors.md').matchAll(/^\| `(\w+)` +\| (\d+) +\| (.+?) +\| (.+?) +\|$/gm)];
  const listed = Object.fromEntries(
    rows.map(([, code, status, title, hint]) => [code, { status: Number(status), title, hint }]),
  );
  expect(listed).toEqual(errorTable);
});

test('docs/health.md has every figure of /metrics with its labels, and every code of /readyz, and no other', async () => {
  const rows = [...doc('health.md').matchAll(/^\| `(poptray_\w+)` \| (.*?) ?\| .+ \|$/gm)];
  const listed = rows.map(([, name, labels = '']) => [name, labels.replaceAll(/[` ]/g, '')]);
  const gauges = {
    webhooksWaiting: () => 0,
    entriesToShip: () => [],
    checks: () => ({ tampered: null, checked: null }),
    unready: () => [],
    webhooks: () => [],
    freeBytes: () => 0,
  };
  const source = ['metrics', 'health-gauges']
    .map((name) => readFileSync(join(import.meta.dirname, `../main/platform/${name}.ts`), 'utf8'))
    .join('');
  const names = (await createMetrics(gauges).figures()).map(({ name }) => name);
  expect(listed.map(([name]) => name).sort()).toEqual(names.sort());
  for (const label of listed.flatMap(([, labels = '']) => labels.split(',').filter(Boolean)))
    expect(source).toContain(`'${label}'`);
  const codes = [...doc('health.md').matchAll(/^\| `([a-z_]+)` \| .+ \|$/gm)].map(([, code]) => code);
  expect(codes.filter((code) => !code?.startsWith('poptray_')).sort()).toEqual(
    [...unreadySchema.options].sort(),
  );
});

test('docs/architecture.md has a place for every file and folder of main/, and for every step of the pipeline', () => {
  const [, house = ''] = doc('architecture.md').split('```');
  const named = new Set(house.split(/[\s,()/]+/));
  const inside = ['', 'pipeline'].flatMap((folder) =>
    readdirSync(join(import.meta.dirname, '../main', folder)),
  );
  expect(inside.filter((name) => !named.has(name))).toEqual([]);
});
