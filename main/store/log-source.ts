/** The audit log as the store reads it. */

import { firstRecent, readPlaced } from '../audit/read/entries.ts';
import { lastSeq } from '../audit/read/follow.ts';
import { readAt } from '../audit/read/read-at.ts';
import { ageOf, KEY_LIFETIME_MS } from '../pipeline/idempotency.ts';
import type { Clock } from '../pipeline/ports.ts';
import type { LogToRead } from './catch-up-steps.ts';

/** Throws what the file system throws. */
export function logToRead(auditDir: string, clock: Clock): LogToRead {
  return {
    lastSeq: lastSeq(auditDir),
    entries: (from, to) => readPlaced(auditDir, from, to),
    at: (places) => readAt(auditDir, places),
    recentFrom: () => firstRecent(auditDir, (entry) => ageOf(entry, clock) >= KEY_LIFETIME_MS),
  };
}
