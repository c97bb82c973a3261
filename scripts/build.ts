/** Builds all that is run: `node scripts/build.ts [--if-stale]`. */
import { join } from 'node:path';
import { writeLicences } from './licences.ts';
import { isBuildStale } from './start/freshness.ts';

const ROOT = join(import.meta.dirname, '..');

/** The main process first: its build empties the folder that the preload goes into. */
const CONFIGS = ['vite.main.config.ts', 'vite.preload.config.ts', 'vite.config.ts'];

/** Writes dist/main, dist/renderer and the licences of what they contain. */
export async function buildAll(): Promise<void> {
  const { build } = await import('vite');
  for (const config of CONFIGS) await build({ configFile: join(ROOT, config), logLevel: 'warn' });
  writeLicences(ROOT);
}

if (import.meta.main && !(process.argv.includes('--if-stale') && !isBuildStale(ROOT))) await buildAll();
