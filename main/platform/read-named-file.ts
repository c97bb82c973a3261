/** Reads a file that the settings or a person at the terminal name: whatever stands there, nothing waits and little is read. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** No certificate, key, list or note of poptray's is longer, in bytes. */
const MAX_BYTES = 1024 * 1024;

const FAULTS = { not_a_file: 'not a regular file', too_large: 'larger than 1 MiB' };

/** `code` is as one of the file system's. */
export class FileUnfit extends Error {
  override readonly name = 'FileUnfit';
  readonly code: keyof typeof FAULTS;
  /** For people: what it is. */
  readonly fault: string;

  constructor(path: string, code: keyof typeof FAULTS) {
    super(`${path} is ${FAULTS[code]}`);
    this.code = code;
    this.fault = FAULTS[code];
  }
}

/** Links are followed, as system certificates often are some. Throws FileUnfit, and what the file system throws. */
export function readNamedFile(path: string): Buffer {
  // NONBLOCK: opening a pipe that nobody writes to must not hang. Windows lacks it.
  const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    return readOpenFile(path, fd);
  } finally {
    closeSync(fd);
  }
}

/** The same for one that is open. */
export function readOpenFile(path: string, fd: number): Buffer {
  const stats = fstatSync(fd);
  if (!stats.isFile()) throw new FileUnfit(path, 'not_a_file');
  // One byte more than may be there: it can grow, and some of the system's own say that they are empty.
  const bytes = Buffer.allocUnsafe(MAX_BYTES + 1);
  let length = 0;
  for (;;) {
    const read = readSync(fd, bytes, length, bytes.length - length, null);
    length += read;
    if (length > MAX_BYTES) throw new FileUnfit(path, 'too_large');
    if (read === 0) return Buffer.from(bytes.subarray(0, length));
  }
}
