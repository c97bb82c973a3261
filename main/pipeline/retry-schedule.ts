/** When to try again: Retry-After where the server gave one, else exponential backoff with full jitter. */
import { parseHttpDate } from '../../shared/http-date.ts';
import type { Random } from './ports.ts';

/** No single backoff is longer than this, in milliseconds. */
const BACKOFF_CAP_MS = 30_000;

/**
 * Milliseconds to wait before attempt `attempt + 1`: uniform in [0, base × 2^(attempt−1)), capped.
 * Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015 ("full jitter").
 */
export function fullJitter(attempt: number, baseMs: number, random: Random): number {
  return random() * Math.min(BACKOFF_CAP_MS, baseMs * 2 ** (attempt - 1));
}

/**
 * Milliseconds that a Retry-After value (RFC 9110 §10.2.3: delay-seconds or HTTP-date) asks for,
 * seen from `now` in epoch milliseconds; undefined for garbage and for dates that have passed.
 */
export function parseRetryAfter(value: string | string[] | undefined, now: number): number | undefined {
  const text = (Array.isArray(value) ? value[0] : value)?.trim() ?? '';
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000;
  const time = parseHttpDate(text);
  return time !== undefined && time > now ? time - now : undefined;
}
