/** The folders of the XDG Base Directory Specification. */
import { posix } from 'node:path';

/** The folder that `variable` names, or `usual`. "All paths must be absolute"; a relative one is ignored, as there. */
export function xdgFolder(value: string | undefined, usual: string): string {
  return value !== undefined && posix.isAbsolute(value) ? value : usual;
}
