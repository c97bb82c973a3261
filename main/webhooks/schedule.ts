/** When a webhook is tried again: contract §4. */
import type { Random } from '../pipeline/ports.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Milliseconds after the first, second, … failed attempt; after the last one it is a dead letter. */
export const WEBHOOK_DELAYS_MS: readonly number[] = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

/** At most this share is added to a delay, so that many messages do not come back at one moment. */
const JITTER = 0.1;

/** Whole milliseconds until the next attempt after `attempts` failed ones; undefined when there is none left. */
export function webhookDelay(attempts: number, random: Random): number | undefined {
  const delay = WEBHOOK_DELAYS_MS[attempts - 1];
  return delay === undefined ? undefined : Math.round(delay * (1 + JITTER * random()));
}
