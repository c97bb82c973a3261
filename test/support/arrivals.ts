/** What a power cut, or a kill, can leave of that which no sync has reached. */
import type { Arrival, FileChange } from './unsynced-disk.ts';

const none = () => [];
const all = <Change>(unsynced: readonly Change[]) => unsynced;
const SECTOR_BYTES = 512;

/** A random number from 0 on, below `bound`. */
type Below = (bound: number) => number;

/** `below` decides what is open. */
export const arrivals = {
  'all that was written': () => ({ file: all, folder: all }),
  'only what was synced': () => ({ file: none, folder: none }),
  'names without content': () => ({ file: none, folder: all }),
  'content without names': () => ({ file: all, folder: none }),
  'all but the entries': () => ({
    file: (unsynced, path) => (path.endsWith('.ndjson') ? [] : unsynced),
    folder: all,
  }),
  'some, to any byte': (below: Below) => ({
    file: (unsynced) => torn(unsynced, below),
    folder: (unsynced) => unsynced.slice(0, below(unsynced.length + 1)),
  }),
  'sectors in any order': (below: Below) => ({
    file: (unsynced) => unsynced.flatMap(sectorsOf).filter(() => below(2) === 0),
    folder: (unsynced) => unsynced.slice(0, below(unsynced.length + 1)),
  }),
  'entries up to a sector, with zeros behind': (below: Below) => ({
    file(unsynced, path) {
      const sectors = unsynced.flatMap(sectorsOf);
      return path.endsWith('.ndjson') ? zeroedBehind(sectors, below(sectors.length + 1)) : sectors;
    },
    folder: all,
  }),
  'all but one sector of the entries': (below: Below) => ({
    file(unsynced, path) {
      const sectors = unsynced.flatMap(sectorsOf);
      return path.endsWith('.ndjson') ? sectors.toSpliced(below(sectors.length), 1) : sectors;
    },
    folder: all,
  }),
} as const satisfies Record<string, (below: Below) => Arrival>;

function torn(unsynced: readonly FileChange[], below: Below): FileChange[] {
  const whole = unsynced.slice(0, below(unsynced.length + 1));
  const next = unsynced[whole.length];
  if (!next || 'size' in next) return whole;
  return [...whole, { at: next.at, bytes: next.bytes.subarray(0, below(next.bytes.length)) }];
}

/** A write as the disk gets it: its sectors, none of which comes in part. */
function sectorsOf(change: FileChange): FileChange[] {
  if ('size' in change) return [change];
  const sectors: FileChange[] = [];
  for (let done = 0; done < change.bytes.length; ) {
    const at = change.at + done;
    const size = Math.min(SECTOR_BYTES - (at % SECTOR_BYTES), change.bytes.length - done);
    sectors.push({ at, bytes: change.bytes.subarray(done, done + size) });
    done += size;
  }
  return sectors;
}

/** The file has its length, but of its content only the first changes. */
function zeroedBehind(changes: readonly FileChange[], count: number): FileChange[] {
  return changes.map((change, at) =>
    at < count || 'size' in change ? change : { at: change.at, bytes: Buffer.alloc(change.bytes.length) },
  );
}
