/** What becomes of an attempt that brought no reply. */
import { HttpFailure } from '../../network/http.ts';
import type { AttemptResult } from '../../pipeline/ports.ts';
import { parseRetryAfter } from '../../pipeline/retry-schedule.ts';
import { TokenFailure } from '../oauth/token-source.ts';

/** Backoff base after a call that brought no reply, in milliseconds. */
const LOST_CALL_BASE_MS = 1000;

/** Of a TokenFailure or an HttpFailure, seen from `now` in epoch milliseconds; throws what is neither. */
export function judgeFailure(error: unknown, now: number): AttemptResult {
  const baseMs = LOST_CALL_BASE_MS;
  if (error instanceof TokenFailure) {
    const { code, because } = error;
    return error.retryable
      ? { kind: 'retry', code, baseMs, retryAfterMs: parseRetryAfter(error.retryAfter, now), because }
      : { kind: 'refused', code, because };
  }
  if (!(error instanceof HttpFailure)) throw error;
  const { because } = error;
  if (error.kind === 'tls') {
    const detail = 'the destination’s TLS certificate is not trusted; nothing was sent';
    return { kind: 'refused', code: 'upstream_unavailable', detail, because };
  }
  const isLate = error.kind === 'timeout' || error.kind === 'aborted';
  return {
    kind: 'retry',
    code: isLate ? 'upstream_timeout' : 'upstream_unavailable',
    baseMs,
    because,
    ...(error.kind !== 'unreachable' && error.kind !== 'blocked' && { arrival: 'unknown' as const }),
  };
}
