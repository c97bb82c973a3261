/** What the status of a reply means where it is no success: the same for all destinations that speak HTTP. */
import type { AttemptResult } from '../../pipeline/ports.ts';

/** Backoff bases in milliseconds. */
const BASE_MS = { rateLimited: 1000, failed: 5000 };

/** What one reply means. */
export type Judgement = Extract<AttemptResult, { kind: 'delivered' | 'retry' | 'refused' }>;

/** `retryAfterMs` is what the reply asks for. */
export function judgeStatus(status: number, retryAfterMs: number | undefined): Judgement {
  if (status === 429)
    return { kind: 'retry', code: 'upstream_rate_limited', baseMs: BASE_MS.rateLimited, retryAfterMs };
  if (status >= 500) return { kind: 'retry', code: 'upstream_failed', baseMs: BASE_MS.failed, retryAfterMs };
  return { kind: 'refused', code: status === 403 ? 'upstream_forbidden' : 'upstream_rejected' };
}
