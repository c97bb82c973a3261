/** Folders that survive a power cut, which a name in a folder does only once that folder is on disk. */
import { closeSync, constants, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes the folder (mode 0700) and those above it that are missing, on disk when it returns. Throws what the file system throws.
 * Not `recursive`: where a file system refuses a folder with ENOENT, as /proc does, Node then tries for ever.
 */
export function makeFolder(folder: string): void {
  const above = dirname(folder);
  if (!existsSync(above)) makeFolder(above);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another start was quicker, or it was there.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  try {
    syncFolder(above);
  } catch (error) {
    // One that others own and do not let us read cannot be brought to the disk by us.
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
  }
}

/** Brings to the disk which files a folder has. Throws what the file system throws. */
export function syncFolder(folder: string): void {
  // Windows cannot open a folder, and needs not.
  if (process.platform === 'win32') return;
  const fd = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
