/** Holes: a power cut can leave a later part of what no sync has reached, and not an earlier one. docs/audit-format.md, Holes. */
import { entryIn } from './entry.ts';
import { isFinished, type LogLine, readLines } from './segments.ts';

/** What is written is synced 50 ms later: entries further apart than this, in milliseconds, were not both without a sync. */
const UNSYNCED_MS = 60_000;

/** Whether a part of the line never came: no entry has a zero byte. A last line that is not finished is torn, whatever it has. */
export function isHole(line: LogLine): boolean {
  return isFinished(line) && line.bytes.includes(0);
}

/**
 * Whether a power cut can have left that hole. Not when an entry behind it shows that what stood there was on disk: a sync
 * reaches all that was written before.
 */
export function isOfPowerCut(hole: LogLine, dir: string): boolean {
  const intents = new Set<string | null>();
  const began = new Map<string, number>();
  for (const { bytes } of readLines(dir, hole.segment, hole.offset + hole.bytes.length)) {
    const entry = entryIn(bytes);
    if (!entry) continue;
    const { type, popId, boot, uptimeMs } = entry;
    // Nothing is sent before the intent is on disk, and only what is on disk is found to be inconsistent.
    if (type === 'inconsistent' || (type === 'result' && intents.has(popId))) return false;
    if (type === 'intent') intents.add(popId);
    if (uptimeMs - (began.get(boot) ?? uptimeMs) > UNSYNCED_MS) return false;
    if (!began.has(boot)) began.set(boot, uptimeMs);
  }
  return true;
}

/** The first line of a segment with a hole that a power cut can have left. Throws what the file system throws. */
export function findHole(dir: string, segment: string): LogLine | undefined {
  for (const line of readLines(dir, segment)) {
    if (isHole(line)) return isOfPowerCut(line, dir) ? line : undefined;
  }
  return undefined;
}
