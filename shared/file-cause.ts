/** Which cause of the table a file or folder cannot be used for. */
import { type Cause, makeCause } from './causes.ts';

/** SQLite's own numbers, in the low byte of `errcode`. */
const SQLITE: Readonly<Record<number, string>> = { 8: 'EROFS', 10: 'EIO', 13: 'ENOSPC' };

const FAILING = new Set(['EIO', 'ENODEV', 'ENXIO', 'ESTALE', 'ENOTCONN', 'EHOSTDOWN', 'ETIMEDOUT']);

/** By the error of the system or of SQLite; undefined for what is about something else. `path` is for people. */
export function fileCause(error: unknown, path = pathIn(error)): Cause | undefined {
  const { code: given, errcode = 0 } = (error ?? {}) as { code?: string; errcode?: number };
  const code = SQLITE[errcode & 255] ?? given ?? '';
  if (code === 'ENOSPC' || code === 'EDQUOT') return makeCause('disk_full', { path });
  if (code === 'EROFS') return makeCause('read_only', { path });
  if (code === 'EACCES' || code === 'EPERM') return makeCause('no_permission', { path });
  return FAILING.has(code) ? makeCause('disk_failing', { path, code }) : undefined;
}

function pathIn(error: unknown): string {
  const { path = 'the data folder' } = (error ?? {}) as { path?: string };
  return path;
}
