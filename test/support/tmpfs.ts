/** A small disk of its own, for tests that fill it. */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
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

/** Nothing on it can be changed from now on. */
export function makeReadOnly(folder: string): void {
  const remounted = spawnSync('mount', ['-o', 'remount,ro', folder]);
  if (remounted.status !== 0) throw new Error(`not read-only: ${remounted.stderr}`);
}

/** Takes every byte that is left, with a file at `path`. */
export function fillDisk(path: string): void {
  const fd = openSync(path, 'w');
  for (let block = 65_536; block >= 1; ) {
    try {
      writeSync(fd, Buffer.alloc(block));
    } catch {
      block = Math.floor(block / 2);
    }
  }
  closeSync(fd);
}
