/** What becomes of an attempt that brought no reply. */
import type { Cause } from '../../shared/causes.ts';
import type { ErrorCode } from './errors.ts';
import { HttpFailure, type Judgement, TokenFailure } from './ports.ts';
import { parseRetryAfter } from './retry-schedule.ts';

/** Backoff base after a call that brought no reply, in milliseconds. */
const LOST_CALL_BASE_MS = 1000;

export type Failed =
  | (Extract<Judgement, { kind: 'retry' }> & {
      /** `unknown`: it may have been shown as well as not; `doubtful`: rather not. Left out where nothing arrived. */
      readonly arrival?: 'unknown' | 'doubtful';
      readonly because?: Cause | undefined;
    })
  | {
      readonly kind: 'refused';
      readonly code: ErrorCode;
      readonly detail?: string;
      readonly because?: Cause | undefined;
    };

/** Of a TokenFailure or an HttpFailure, seen from `now` in epoch milliseconds; throws what is neither. */
export function judgeFailure(error: unknown, now: number): Failed {
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
