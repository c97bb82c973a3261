/** Reads entries back, oldest first, without checking their chain. */
import { type AuditEntry, auditEntrySchema } from '../../shared/audit.ts';
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

/** Undefined for a line that somebody has damaged: to verify the log is not the readers' task. */
export function entryIn(line: Buffer): AuditEntry | undefined {
  const parsed = parseLine(line);
  if (!parsed) return undefined;
  try {
    const entry = JSON.parse(parsed.json.toString());
    return auditEntrySchema.safeParse(entry).success ? entry : undefined;
  } catch {
    return undefined;
  }
}
