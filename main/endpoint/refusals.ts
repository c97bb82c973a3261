/** Audit entries for requests that were turned away, bounded so that nobody can fill the disk with them. */

import { type NewAuditEntry, newEntry } from '../../shared/audit.ts';
import type { PopError, WrongMember } from '../pipeline/errors.ts';
import type { AuditLog, Clock } from '../pipeline/ports.ts';

/** Refusals that nothing else bounds get this many entries per second; the last of the others counts them. */
const UNBOUNDED_PER_SECOND = 50;

/** An entry names no more wrong members than this. */
const MAX_ERRORS = 8;

/** A `latencyMs` of null means that none was measured. */
type Refusal = [
  error: Pick<PopError, 'code' | 'message' | 'details'>,
  facts: Partial<NewAuditEntry>,
  latencyMs: number | null,
];

export interface Refusals {
  /** Records a refusal; resolves also when the log cannot be written, because the caller is refused anyway. */
  record(...refusal: Refusal): Promise<void>;
  /** Leaves an entry for those that have none yet. */
  settle(): Promise<void>;
}

export function createRefusals(audit: AuditLog, clock: Clock): Refusals {
  let second = 0;
  let recorded = 0;
  let leftOut: { count: number; last: Refusal } | undefined;

  async function write([error, facts, latencyMs]: Refusal, before: number): Promise<void> {
    const { code } = error;
    const detail = before === 0 ? null : `${before} more were refused before this one`;
    const errors = wrongMembers(error)
      ?.slice(0, MAX_ERRORS)
      .map(({ pointer, logged = pointer, detail }) => ({ pointer: logged, detail }));
    const refused = { status: 'refused' as const, code, success: false, latencyMs, detail };
    const refusal = { ...facts, ...refused, errors: errors ?? null };
    await audit.append(newEntry('refused', refusal), 'written').catch(() => {});
  }

  async function settle(): Promise<void> {
    if (!leftOut) return;
    const { count, last } = leftOut;
    leftOut = undefined;
    await write(last, count - 1);
  }

  return {
    async record(...refusal) {
      const [{ code }, facts] = refusal;
      const now = Math.floor(clock.monotonic() / 1000);
      if (now !== second) {
        second = now;
        recorded = 0;
      }
      // With a token the rate limit bounds the rest.
      if (!facts.client || code === 'rate_limited') {
        recorded += 1;
        if (recorded > UNBOUNDED_PER_SECOND) {
          if (!leftOut) clock.after(1000, settle);
          leftOut = { count: (leftOut?.count ?? 0) + 1, last: refusal };
          return;
        }
      }
      await write(refusal, 0);
    },
    settle,
  };
}

/** What is wrong with a body as a whole is told in the same way, with the pointer to all of it. */
function wrongMembers({ code, message, details }: Refusal[0]): readonly WrongMember[] | undefined {
  const isOfBody = code === 'invalid_json' || code === 'invalid_trigger';
  return details.errors ?? (isOfBody ? [{ pointer: '', detail: message }] : undefined);
}
