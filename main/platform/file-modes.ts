/** Whether files are their owner's alone, and whether the file system can have it so. */
import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, openSync, rmSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { type Cause, makeCause } from '../../shared/causes.ts';
import { shellQuoted } from './shell-quoted.ts';

const OF_OTHERS = 0o077;

/** Why `path` is open to other users, or undefined where it is not; `folder` is where a file of ours can be tried. */
export function opennessOf(path: string, stats: Stats, folder: string): Cause | undefined {
  // On Windows the ACL of the user's profile rules; these bits say nothing there.
  if (process.platform === 'win32' || (stats.mode & OF_OTHERS) === 0) return undefined;
  if (!keepsModes(folder)) return makeCause('no_modes', { path });
  return makeCause('open_to_others', {
    path,
    quoted: shellQuoted(path),
    mode: stats.isDirectory() ? '700' : '600',
  });
}

/** A file system that shows the same bits for all files does so for a new one too. */
function keepsModes(folder: string): boolean {
  const path = join(folder, `.poptray-${randomBytes(8).toString('hex')}.tmp`);
  try {
    const fd = openSync(path, 'wx', 0o600);
    try {
      return (fstatSync(fd).mode & OF_OTHERS) === 0;
    } finally {
      closeSync(fd);
      rmSync(path, { force: true });
    }
  } catch {
    // It cannot be tried; what is there counts.
    return true;
  }
}
