/** Reads entries back, oldest first, without checking their chain. */
import type { AuditEntry } from '../../shared/audit.ts';
import { parseLine } from './chain.ts';
import { firstSeqOf, listSegments, readLines } from './segments.ts';

/** The entries from number `from` on; lines that are none are passed over. Throws what the file system throws. */
export function* readEntries(dir: string, from = 1): Generator<AuditEntry> {
  const segments = listSegments(dir);
  const start = segments.findLastIndex((segment) => firstSeqOf(segment) <= from);
  for (const segment of segments.slice(Math.max(0, start))) {
    let seq = firstSeqOf(segment) - 1;
    for (const line of readLines(dir, segment)) {
      seq += 1;
      if (seq < from) continue;
      const entry = entryIn(line.bytes);
      if (entry) yield entry;
    }
  }
}

/** Undefined for what somebody else has written there. */
function entryIn(line: Buffer): AuditEntry | undefined {
  try {
    const entry = JSON.parse(parseLine(line)?.json.toString() ?? 'null');
    return typeof entry?.type === 'string' ? entry : undefined;
  } catch {
    return undefined;
  }
}
