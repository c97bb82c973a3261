import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createMetrics } from '../main/observability/metrics.ts';
import { errorTable } from '../main/pipeline/errors.ts';
import { unreadySchema } from '../shared/readiness.ts';

const MAIN = join(import.meta.dirname, '../main');
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
    destinations: () => [],
    checks: () => ({ tampered: null, checked: null }),
    unready: () => [],
    webhooks: () => [],
    troubles: () => [],
    freeBytes: () => 0,
  };
  const source = ['metrics', 'health-gauges']
    .map((name) => readFileSync(join(MAIN, `observability/${name}.ts`), 'utf8'))
    .join('');
  const names = (await createMetrics(gauges).figures()).map(({ name }) => name);
  expect(listed.map(([name]) => name).sort()).toEqual(names.sort());
  for (const label of listed.flatMap(([, labels = '']) => labels.split(',').filter(Boolean)))
    expect(source).toContain(`'${label}'`);
  const [readyz = ''] = doc('health.md').split('\n## ');
  const codes = [...readyz.matchAll(/^\| `([a-z_]+)` \| .+ \|$/gm)].map(([, code]) => code);
  expect(codes.sort()).toEqual([...unreadySchema.options].sort());
});

test('docs/architecture.md has a place for every folder of main/ and every step of the pipeline, in the order that is enforced', () => {
  const [, house = ''] = doc('architecture.md').split('```');
  const named = new Set(house.split(/[\s,()/:;]+/));
  const inside = ['', 'audit', 'pipeline'].flatMap((folder) =>
    readdirSync(join(MAIN, folder), { withFileTypes: true }).filter(
      (entry) => folder !== 'audit' || entry.isDirectory(),
    ),
  );
  expect(inside.map(({ name }) => name).filter((name) => !named.has(name))).toEqual([]);

  const { forbidden } = createRequire(import.meta.url)('../.dependency-cruiser.cjs') as {
    forbidden: { name: string; to: { pathNot?: string[] } }[];
  };
  /** How many folders each one may import from. */
  const below = new Map(
    forbidden.flatMap(({ name, to }) => {
      const folder = /^([a-z]+)-keeps-the-order$/.exec(name)?.[1];
      return folder ? [[folder, to.pathNot?.[1]?.split('|').length ?? 0] as const] : [];
    }),
  );
  const folders = house.split('\n').flatMap((line) => /^ {2}([a-z]+)\/ /.exec(line)?.[1] ?? []);
  const heights = folders.map((folder) => below.get(folder) ?? Number.NaN);
  expect(heights).toEqual(heights.toSorted((a, b) => b - a));
  expect(folders.toSorted()).toEqual([...below.keys()].toSorted());
});

test('docs/architecture.md leads to a webhook’s retry time, a tray icon, the framing verdict and a new destination', () => {
  const table = doc('architecture.md').split('## Where does it go?')[1]?.split('\n## ')[0] ?? '';
  const places = new Map(
    [...table.matchAll(/^\| (.*) \| `([a-z]+)\/` \| `(main\/.*)` \|$/gm)].map(
      ([, what = '', folder, file = '']) => {
        expect(file).toMatch(new RegExp(`^main/${folder}/`));
        return [what, readFileSync(join(MAIN, '..', file), 'utf8')];
      },
    ),
  );
  expect(places.get('when a webhook is tried again')).toContain('export const WEBHOOK_DELAYS_MS');
  expect(places.get('an icon of the tray')).toMatch(/\.png/);
  expect(places.get('the framing verdict')).toContain('export function frameVerdict(');
  expect(places.get('a new destination')).toContain("'genesys-screenpops': genesysScreenpops");
});
