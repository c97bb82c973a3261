/** Files that somebody else may have placed, such as IT, or a link to where a person keeps them: read as they are, if nobody but this user and root can change them. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, type Stats } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { readNamedFile, readOpenFile } from './read-named-file.ts';
import { shellQuoted } from './shell-quoted.ts';

/** Somebody else could write the file, or put another in its place; the message says where, and what to do. */
export class FileUntrusted extends Error {
  override readonly name = 'FileUntrusted';
  /** As one of the file system's. */
  readonly code = 'not_trusted';
}

/** As many as Linux follows. */
const MOST_LINKS = 40;
const STICKY = 0o1000;

/**
 * Links are followed, to the end and by what each is. `known` is a folder that was judged before, as the data folder is. Windows
 * has neither owner ids nor mode bits to look at. Throws FileUntrusted, FileUnfit, and what the file system throws.
 */
export function readTrustedFile(path: string, known?: string): Buffer {
  if (process.platform === 'win32') return readNamedFile(path);
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;
  const target = trustedTarget(path, known);
  const fd = openSync(target, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  try {
    const bytes = readOpenFile(target, fd);
    // The opened file is judged, not the name: between two looks at a name it can be swapped.
    demandTrust(target, fstatSync(fd));
    return bytes;
  } finally {
    closeSync(fd);
  }
}

/** Where a path leads when all links are followed. Throws FileUntrusted for a folder or a link that somebody else could change. */
export function trustedTarget(path: string, known = '/'): string {
  if (process.platform === 'win32') return path;
  let here = known;
  let rest = namesIn(relative(known, resolve(path)));
  if (known === '/') demandTrust(here, lstatSync(here));
  for (let links = 0; ; ) {
    const name = rest.shift();
    if (name === undefined) return here;
    const next = join(here, name);
    const stats = lstatSync(next);
    if (stats.isSymbolicLink()) {
      links += 1;
      if (links > MOST_LINKS) throw new FileUntrusted(`${path} leads through too many links`);
      demandOwner(next, stats);
      rest = [...namesIn(resolve(here, readlinkSync(next))), ...rest];
      here = '/';
      continue;
    }
    if (stats.isDirectory()) demandTrust(next, stats);
    here = next;
  }
}

const namesIn = (path: string) => path.split('/').filter(Boolean);

function demandTrust(path: string, stats: Stats): void {
  demandOwner(path, stats);
  // In such a folder nobody can take away or rename what is another's.
  if (stats.isDirectory() && (stats.mode & STICKY) !== 0) return;
  if ((stats.mode & 0o022) === 0) return;
  throw new FileUntrusted(
    `${path} can be written by other users: look at what it says, then run chmod go-w ${shellQuoted(path)}`,
  );
}

function demandOwner(path: string, { uid }: Stats): void {
  if (uid === 0 || uid === process.getuid?.()) return;
  throw new FileUntrusted(
    `${path} belongs to another user, who could change it: have root own it, or copy it`,
  );
}
