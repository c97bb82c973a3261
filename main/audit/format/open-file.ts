/** Opens a file of the log for reading, whatever stands in its place. */
import { constants, openSync } from 'node:fs';

/** Whether nothing has that name, as when retention has removed it. */
export function isGone(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** Follows no link, and does not wait for whoever might write into a pipe. Throws what the file system throws. */
export function openForReading(path: string): number {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  return openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
}
