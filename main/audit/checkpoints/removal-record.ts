/** What retention has removed from the beginning of the log, by the signed note that it left. */
import type { AuditEntry } from '../../../shared/audit.ts';
import { parseLine } from '../format/chain.ts';
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
  try {
    const { detail } = JSON.parse(parseLine(line)?.json.toString() ?? '') as AuditEntry;
    const signed = openCheckpoint(detail ?? '', verifier);
    const tree = signed?.range && createTree({ size: signed.count, range: signed.range });
    return tree?.root() === signed?.root && signed && tree
      ? { count: signed.count, mac: signed.mac, tree }
      : undefined;
  } catch {
    return undefined;
  }
}
