/** A small disk of its own, for tests that fill it. */
import { spawnSync } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { tempDir } from './temp-dir.ts';

/** Why there cannot be one here, for a test to say when it is skipped; undefined where there can. */
export const NO_TMPFS =
  process.platform !== 'linux' || process.getuid?.() !== 0
    ? 'a disk can be mounted by root on Linux alone'
    : undefined;

/** Mounts it until the test has ended; returns its folder. */
export function mountTmpfs(kilobytes: number): string {
  const folder = tempDir();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k,mode=0700`, 'tmpfs', folder]);
  if (mounted.status !== 0) throw new Error(`no tmpfs: ${mounted.stderr}`);
  onTestFinished(() => {
    spawnSync('umount', ['-l', folder]);
  });
  return folder;
}
