/** How much space the disk of the data folder has left, watched so that a full one is told of before it is full. */
import { statfsSync } from 'node:fs';
import type { Clock } from '../pipeline/ports.ts';

const MIB = 1024 * 1024;
/** Below this many bytes the audit log may soon not be writable. */
const LOW_BYTES = 100 * MIB;
/** So many more, and there is enough again: the news must not come and go with every file. */
const MARGIN_BYTES = 20 * MIB;
const EVERY_MS = 30_000;

export interface FreeSpace {
  /** In bytes, now; throws what the file system throws. */
  bytes(): number;
  /** What there is to say about it, for people; null while there is enough. */
  warning(): string | null;
  stop(): void;
}

export interface FreeSpaceDeps {
  readonly clock: Pick<Clock, 'after'>;
  /** Hears when it becomes little, with how much there is, and when it is enough again. */
  readonly onChange: (isLow: boolean, freeMiB: number) => void;
  readonly look?: typeof freeBytes;
}

/** What this user may still write in a folder's file system, in bytes. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** What there is to say about so many bytes, for people; null when they are enough. */
export function spaceWarning(bytes: number, enough = LOW_BYTES): string | null {
  if (bytes >= enough) return null;
  return `${Math.floor(bytes / MIB)} MiB are left on the disk of the data folder; without space nothing is delivered: make some`;
}

/** Looks now and every half minute. */
export function watchFreeSpace(
  folder: string,
  { clock, onChange, look = freeBytes }: FreeSpaceDeps,
): FreeSpace {
  let warning: string | null = null;
  let cancel = () => {};

  function check(): void {
    cancel = clock.after(EVERY_MS, check);
    const wasLow = warning !== null;
    let bytes: number;
    try {
      bytes = look(folder);
    } catch {
      // A folder that is gone or cannot be asked is told of by whoever writes to it.
      return;
    }
    warning = spaceWarning(bytes, wasLow ? LOW_BYTES + MARGIN_BYTES : LOW_BYTES);
    if (wasLow !== (warning !== null)) onChange(!wasLow, Math.floor(bytes / MIB));
  }

  check();
  return { bytes: () => look(folder), warning: () => warning, stop: () => cancel() };
}
