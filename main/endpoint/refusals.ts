/** Audit entries for requests that were turned away, bounded so that nobody can fill the disk with them. */

import { type NewAuditEntry, newEntry } from '../../shared/audit.ts';
import type { ErrorCode } from '../pipeline/errors.ts';
import type { AuditLog, Clock } from '../pipeline/ports.ts';

/** Refusals that nothing else bounds get this many entries per second; the others are counted in the next. */
const UNBOUNDED_PER_SECOND = 50;

export interface Refusals {
  /**
   * Records a refusal; resolves also when the log cannot be written, because the caller is refused anyway.
   * A `latencyMs` of null means that none was measured.
   */
  record(code: ErrorCode, facts: Partial<NewAuditEntry>, latencyMs: number | null): Promise<void>;
}

export function createRefusals(audit: AuditLog, clock: Clock): Refusals {
  let second = 0;
  let recorded = 0;
  let leftOut = 0;

  return {
    async record(code, facts, latencyMs) {
      const now = Math.floor(clock.monotonic() / 1000);
      if (now !== second) {
        second = now;
        recorded = 0;
      }
      // With a token the rate limit bounds the rest.
      if (!facts.client || code === 'rate_limited') {
        recorded += 1;
        if (recorded > UNBOUNDED_PER_SECOND) {
          leftOut += 1;
          return;
        }
      }
      const detail = leftOut === 0 ? null : `${leftOut} more were refused before this one`;
      leftOut = 0;
      const refusal = { ...facts, status: 'refused' as const, code, success: false, latencyMs, detail };
      await audit.append(newEntry('refused', refusal), 'written').catch(() => {});
    },
  };
}
