/** Makes durable which files a folder has. */
import { closeSync, constants, fsyncSync, openSync } from 'node:fs';

/** A new file survives a power cut only when its folder is on disk. Windows cannot open a folder, and needs not. */
export function syncFolder(dir: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(dir, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
