/** Follows the log behind its writer, for those who send it on. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditEntry } from '../../../shared/audit.ts';
import { parseLine } from '../format/chain.ts';
import { entryIn, stampIn } from '../format/entry.ts';
import { firstSeqOf, isFinished, listSegments, readEnd, readLines } from '../format/segments.ts';

interface LogStep {
  readonly entries: AuditEntry[];
  /** Whether the log ends here, for now. */
  readonly isEnd: boolean;
}

export interface LogFollower {
  /** The entries in the next `lines` lines. Throws what the file system throws. */
  next(lines: number): LogStep;
  /**
   * Makes durable what `next` has given: after a power cut nobody elsewhere must know more than the log. Segments
   * before the current one are durable already. Rejects with what the file system throws.
   */
  settle(): Promise<void>;
}

/** Begins behind entry `after`. Lines that are no entries are passed over, and so is what retention has removed. */
export function followLog(dir: string, after: number): LogFollower {
  let segment = '';
  let offset = 0;
  let seq = 0;

  return {
    next(lines) {
      // No segment ends between this and the reading: the writer is in the same thread.
      const [here, following] = ahead();
      if (here === undefined) return { entries: [], isEnd: true };
      if (here !== segment) enter(here);
      const entries: AuditEntry[] = [];
      let left = lines;
      for (const line of readLines(dir, here, offset)) {
        if (left === 0 || !isFinished(line)) break;
        left -= 1;
        seq += 1;
        offset += line.bytes.length;
        const entry = seq > after ? entryIn(line.bytes) : undefined;
        if (entry) entries.push(entry);
      }
      if (left > 0 && following !== undefined) enter(following);
      return { entries, isEnd: left > 0 && following === undefined };
    },

    async settle() {
      if (segment === '') return;
      const file = await open(join(dir, segment), 'r+');
      try {
        await file.datasync();
      } finally {
        await file.close();
      }
    },
  };

  /** The segments from the one that is being read on. */
  function ahead(): string[] {
    const segments = listSegments(dir);
    if (segment !== '') return segments.filter((name) => name >= segment);
    return segments.slice(
      Math.max(
        0,
        segments.findLastIndex((name) => firstSeqOf(name) <= after + 1),
      ),
    );
  }

  function enter(name: string): void {
    segment = name;
    offset = 0;
    seq = firstSeqOf(name) - 1;
  }
}

/** The number of the last entry; 0 for an empty log. Throws what the file system throws. */
export function lastSeq(dir: string): number {
  for (const segment of listSegments(dir).reverse()) {
    const last = readEnd(dir, segment).lines.at(-1);
    const parsed = last && parseLine(last);
    const stamp = parsed && stampIn(parsed.json);
    if (stamp) return stamp.seq;
  }
  return 0;
}

/** How many entries the log has now. Throws what the file system throws. */
export function countEntries(dir: string): number {
  const [first] = listSegments(dir);
  return first === undefined ? 0 : lastSeq(dir) - firstSeqOf(first) + 1;
}
