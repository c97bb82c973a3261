/** What is shipped says whose work it contains, and on what terms. */
import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { LICENCES_FILE, writeLicences } from '../scripts/licences.ts';
import { tempDir } from './support/temp-dir.ts';

const REPO = join(import.meta.dirname, '..');
const LICENCE = { name: 'a-package', version: '1.2.3', identifier: 'ISC', text: 'Its terms.' };

/** As the builds leave them. */
function write(main: readonly object[], renderer: readonly object[] = []): () => string {
  const root = tempDir();
  for (const [part, licences] of Object.entries({ main, renderer })) {
    mkdirSync(join(root, 'dist', part), { recursive: true });
    writeFileSync(join(root, 'dist', part, 'licences.json'), JSON.stringify(licences));
  }
  symlinkSync(join(REPO, 'node_modules'), join(root, 'node_modules'), 'junction');
  return () => {
    writeLicences(root);
    // A dashboard is served all that is in its folder.
    expect(globSync('dist/*/licences.json', { cwd: root })).toEqual([]);
    return readFileSync(join(root, LICENCES_FILE), 'utf8');
  };
}

test('W13 a package of both bundles stands there once, beside the keychain, which is in none', () => {
  const text = write([LICENCE], [LICENCE])();
  expect(text.match(/^\S+ \d+\.\d+\.\d+ \(.+\)$/gm)).toEqual([
    expect.stringMatching(/keytar \d/),
    'a-package 1.2.3 (ISC)',
  ]);
  expect(text).toContain('a-package 1.2.3 (ISC)\n\nIts terms.\n');
});

test('W13 a package without a text has that of MIT when it names it, and stops the build when it does not', () => {
  const { text: _, ...bare } = LICENCE;
  expect(write([{ ...bare, identifier: 'MIT' }])()).toContain('Permission is hereby granted, free of charge');
  expect(write([bare])).toThrow('the package a-package 1.2.3 has no text of its licence');
  expect(write([{ ...bare, identifier: undefined }])).toThrow('no text of its licence');
});

test('W13 no package gets into a bundle without its licence', { timeout: 120_000 }, async () => {
  const root = tempDir();
  symlinkSync(join(REPO, 'node_modules'), join(root, 'node_modules'), 'junction');
  for (const [part, config] of Object.entries({ main: 'vite.main.config.ts', renderer: 'vite.config.ts' }))
    await build({
      logLevel: 'error',
      configFile: join(REPO, config),
      build: { outDir: join(root, 'dist', part), sourcemap: true },
    });
  writeLicences(root);
  const text = readFileSync(join(root, LICENCES_FILE), 'utf8');

  const sources = globSync('dist/**/*.map', { cwd: root }).flatMap(
    (file) => JSON.parse(readFileSync(join(root, file), 'utf8')).sources as string[],
  );
  const bundled = new Set(
    sources.flatMap((source) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? []),
  );
  for (const name of ['fastify', 'undici', 'zod', 'preact', 'uplot']) expect([...bundled]).toContain(name);
  for (const name of bundled) expect(text).toMatch(new RegExp(`^${name} \\d`, 'm'));

  // What is bundled is a dependency also to npm's audit, and in the bill of materials.
  const file = join(root, 'bill.json');
  execFileSync('npm', ['run', '-s', 'sbom', '--', file], { cwd: REPO, shell: process.platform === 'win32' });
  const bill = JSON.parse(readFileSync(file, 'utf8'));
  const names: string[] = bill.components.map(({ name }: { name: string }) => name);
  expect(bill).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: 'poptray' } } });
  for (const name of [...bundled, 'keytar', 'electron']) expect(names).toContain(name);
  const { dependencies, devDependencies } = packageJson;
  for (const name of Object.keys(dependencies)) expect(names).toContain(name);
  for (const name of Object.keys(devDependencies))
    if (name !== 'electron' && !bundled.has(name)) expect(names).not.toContain(name);
});
