/** Whether what was built is older than what it was built from. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const SOURCES = [
  'main',
  'renderer',
  'shared',
  'vite.config.ts',
  'vite.main.config.ts',
  'vite.preload.config.ts',
];
const BUILT = ['dist/main/headless.js', 'dist/main/preload.cjs', 'dist/renderer/index.html'];

/** True also when something was not built at all. */
export function isBuildStale(root: string): boolean {
  const oldest = Math.min(...BUILT.map((file) => changedAt(join(root, file)) ?? 0));
  return SOURCES.some((source) => newestIn(join(root, source)) > oldest);
}

function newestIn(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return 0;
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}

function changedAt(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}
