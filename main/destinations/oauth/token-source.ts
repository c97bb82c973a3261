/** Where a destination gets its access tokens, and why it may get none. */
import type { Cause } from '../../../shared/causes.ts';
import type { ErrorCode } from '../../pipeline/errors.ts';

export interface TokenSource {
  /** The token, while there is one that is good for some time yet. */
  current(): string | undefined;
  /** The current token, fetched when there is none; rejects with TokenFailure. `signal` ends the wait, not the fetch. */
  get(signal: AbortSignal): Promise<string>;
  /** Drops this token, if it is still the current one. */
  invalidate(token: string): void;
}

interface TokenFailureDetails {
  readonly cause?: unknown;
  readonly retryAfter?: string | undefined;
  readonly because?: Cause | undefined;
}

/** Why there is no token. `retryable`: another try may help. */
export class TokenFailure extends Error {
  override readonly name = 'TokenFailure';
  readonly code: ErrorCode;
  readonly retryable: boolean;
  /** The Retry-After of the token endpoint, if it gave one. */
  readonly retryAfter: string | undefined;
  readonly because: Cause | undefined;
  constructor(code: ErrorCode, retryable: boolean, { cause, retryAfter, because }: TokenFailureDetails = {}) {
    super(`no access token: ${code}`, { cause });
    this.code = code;
    this.retryable = retryable;
    this.retryAfter = retryAfter;
    this.because = because;
  }
}
