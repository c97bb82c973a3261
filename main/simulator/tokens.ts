/** The access tokens that the simulator has given out. */
import { randomBytes } from 'node:crypto';
import { ApiError } from './api-error.ts';
import type { RateWindow } from './rate-limit.ts';

/** More than any test or person needs; the oldest go first. */
const MAX_TOKENS = 1000;

interface IssuedToken {
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  readonly window: RateWindow;
}

export interface Tokens {
  /** A new random token that lives for the lifetime given at the start. */
  issue(): string;
  /** The live token of an Authorization header; throws ApiError 401. */
  check(authorization: string | undefined): IssuedToken;
}

/** No token yet; `lifetimeSeconds` for each. */
export function createTokens(clock: { now(): number }, lifetimeSeconds: number): Tokens {
  const issued = new Map<string, IssuedToken>();

  return {
    issue() {
      const now = clock.now();
      for (const [token, { expiresAt }] of issued) {
        if (expiresAt > now && issued.size < MAX_TOKENS) break;
        issued.delete(token);
      }
      const token = randomBytes(32).toString('base64url');
      issued.set(token, {
        expiresAt: now + lifetimeSeconds * 1000,
        window: { startedAt: now, count: 0 },
      });
      return token;
    },

    check(authorization) {
      const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
      if (token === undefined) {
        throw new ApiError(401, 'No authentication bearer token specified in authorization header.', {
          code: 'authentication.required',
        });
      }
      const known = issued.get(token);
      if (!known || clock.now() >= known.expiresAt) {
        throw new ApiError(401, 'Invalid login credentials.', { code: 'bad.credentials' });
      }
      return known;
    },
  };
}
