/** One access token for all pops: fetched once however many wait, and renewed before it ends. */
import type { Clock } from '../../pipeline/ports.ts';
import type { AccessToken } from './client-credentials.ts';
import { TokenFailure, type TokenSource } from './token-source.ts';

/** A token is renewed this long before it ends, in milliseconds. */
const RENEW_BEFORE_MS = 30_000;

/** `fetchToken` is called by the cache alone, so a caller that gives up does not end the fetch for the others. */
export function createTokenCache(fetchToken: () => Promise<AccessToken>, clock: Clock): TokenSource {
  let current: { value: string; renewAt: number } | undefined;
  let fetching: Promise<string> | undefined;

  async function renew(): Promise<string> {
    // By the uptime, which goes on while the machine sleeps: a token that ended meanwhile is renewed before a pop.
    const asked = clock.uptime();
    const { value, lifetimeMs } = await fetchToken();
    // A token that lives for less than a minute is used for half of its life, or it would never be used.
    const margin = Math.min(RENEW_BEFORE_MS, lifetimeMs / 2);
    current = { value, renewAt: asked + lifetimeMs - margin };
    return value;
  }

  const good = () => (current && clock.uptime() < current.renewAt ? current.value : undefined);

  return {
    current: good,

    async get(signal) {
      const token = good();
      if (token !== undefined) return token;
      fetching ??= renew().finally(() => {
        fetching = undefined;
      });
      return untilAborted(fetching, signal);
    },

    invalidate(token) {
      if (current?.value === token) current = undefined;
    },
  };
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new TokenFailure('upstream_timeout', true));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
