/** Genesys Cloud's limit on the requests of one token: fixed windows of a minute. */
import { ApiError } from './api-error.ts';

const WINDOW_MS = 60_000;

export interface RateWindow {
  /** Epoch milliseconds. */
  startedAt: number;
  count: number;
}

export interface RateState {
  readonly headers: Readonly<Record<string, string>>;
  readonly isExceeded: boolean;
  /** Whole seconds until the window ends. */
  readonly resetSeconds: number;
}

/** Counts one call in the token's window, which begins anew when it is over. */
export function countCall(window: RateWindow, now: number, allowed: number): RateState {
  const age = now - window.startedAt;
  // A clock that was set back must not lock a token out for longer than a minute.
  if (age < 0 || age >= WINDOW_MS) {
    window.startedAt = now;
    window.count = 0;
  }
  window.count += 1;
  const resetSeconds = Math.ceil((window.startedAt + WINDOW_MS - now) / 1000);
  return {
    headers: {
      'inin-ratelimit-count': String(window.count),
      'inin-ratelimit-allowed': String(allowed),
      'inin-ratelimit-reset': String(resetSeconds),
    },
    isExceeded: window.count > allowed,
    resetSeconds,
  };
}

/** The 429 of Genesys Cloud: `retryAfter` becomes the header, `seconds` stands in the message; both may be missing. */
export function rateLimited(hint: {
  retryAfter: number | string | undefined;
  seconds: number | undefined;
  allowed?: number | undefined;
}): ApiError {
  const { retryAfter, seconds, allowed = 300 } = hint;
  const text = 'Rate limit exceeded the maximum.';
  return new ApiError(
    429,
    seconds === undefined ? text : `${text} Retry the request in [{seconds}] seconds`,
    {
      code: 'too.many.requests',
      params: seconds === undefined ? {} : { seconds: String(seconds) },
      headers: retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) },
      limit: { key: 'token.rate.per.minute', namespace: 'platform.api', value: allowed },
    },
  );
}
