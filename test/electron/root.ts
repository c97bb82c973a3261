/** Builds the bundles into a folder of their own, laid out as the packaged app is. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';

const REPO = join(import.meta.dirname, '../..');
const FIXTURE = join(import.meta.dirname, 'fixture');

/** Where the product was packed and unpacked, for a pass of its tests without a build. */
const PACKED = process.env.POPTRAY_TEST_ROOT;

/** What `app.getAppPath()` gives: dist/main, dist/renderer, build. Remove it when all tests are done. */
export async function buildRoot(entry: string, renderer: 'fixture' | 'real'): Promise<string> {
  if (PACKED !== undefined && renderer === 'real') return PACKED;
  const root = mkdtempSync(join(tmpdir(), 'poptray-root-'));
  const outDir = join(root, 'dist/main');
  const quiet = { logLevel: 'error', root: REPO } as const;
  await build({
    ...quiet,
    configFile: 'vite.main.config.ts',
    build: { ssr: entry, outDir, rollupOptions: { output: { entryFileNames: 'index.js' } } },
  });
  await build({ ...quiet, configFile: 'vite.preload.config.ts', build: { outDir } });
  const pages = join(root, 'dist/renderer');
  if (renderer === 'real')
    await build({
      logLevel: 'error',
      configFile: join(REPO, 'vite.config.ts'),
      root: join(REPO, 'renderer'),
      build: { outDir: pages },
    });
  else {
    mkdirSync(pages, { recursive: true });
    cpSync(join(FIXTURE, 'page.html'), join(pages, 'index.html'));
    cpSync(join(FIXTURE, 'page.js'), join(pages, 'page.js'));
  }
  cpSync(join(REPO, 'package.json'), join(root, 'package.json'));
  // No more of node_modules than electron-builder.yml packs.
  mkdirSync(join(root, 'node_modules'));
  for (const link of ['build', 'node_modules/keytar'])
    symlinkSync(join(REPO, link), join(root, link), 'junction');
  return root;
}

export function removeRoot(root: string | undefined): void {
  if (root !== undefined && root !== PACKED && existsSync(root)) rmSync(root, { recursive: true });
}
