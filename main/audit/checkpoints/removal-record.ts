/** What retention has removed from the beginning of the log, by the signed note that it left. */
import { eventOf } from '../../../shared/log-events.ts';
import { entryIn } from '../format/entry.ts';
import { firstSeqOf, listSegments, readLines } from '../format/segments.ts';
import { openCheckpoint, type Verifier } from './checkpoint.ts';
import { createTree, type Tree } from './merkle.ts';

export interface Removal {
  /** Entries removed. */
  readonly count: number;
  /** The MAC of the last of them. */
  readonly mac: Buffer;
  readonly tree: Tree;
}

/** The log's segments, without what is still there of a removal; and the last removal, when the first entries are gone. */
export function remainderOf(dir: string, verifier: Verifier): { segments: string[]; removal?: Removal } {
  const segments = listSegments(dir);
  if (segments.length === 0 || firstSeqOf(segments[0] as string) === 1) return { segments };
  const removal = lastRemoval(dir, segments, verifier);
  return removal
    ? { removal, segments: segments.filter((name) => firstSeqOf(name) > removal.count) }
    : { segments };
}

/** From the end: it is seldom more than a day away, and pops do not pass while it is looked for. */
function lastRemoval(dir: string, segments: readonly string[], verifier: Verifier): Removal | undefined {
  for (const segment of segments.toReversed()) {
    let last: Removal | undefined;
    for (const { bytes } of readLines(dir, segment)) {
      if (bytes.includes('"type":"removed"')) last = removalIn(bytes, verifier) ?? last;
    }
    if (last) return last;
  }
  return undefined;
}

function removalIn(line: Buffer, verifier: Verifier): Removal | undefined {
  const entry = entryIn(line);
  const event = entry && eventOf(entry);
  const signed = event?.kind === 'removed' ? openCheckpoint(event.note, verifier) : undefined;
  if (!signed?.range) return undefined;
  try {
    const tree = createTree({ size: signed.count, range: signed.range });
    return tree.root() === signed.root ? { count: signed.count, mac: signed.mac, tree } : undefined;
  } catch {
    return undefined;
  }
}
