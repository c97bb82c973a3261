/** The headers of Standard Webhooks 1.0.0 (symmetric scheme, v1). */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

const PREFIX = 'whsec_';

/** The key of a `whsec_` secret; throws RangeError, which does not quote it, when it is none. */
export function webhookKey(secret: string): KeyObject {
  const base64 = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : '';
  const key = Buffer.from(base64, 'base64');
  // Node passes over what is no base64, so that a mistyped secret would sign with another key than the receiver's.
  if (key.length < 24 || key.length > 64 || key.toString('base64') !== base64) {
    throw new RangeError('a webhook secret is "whsec_" and 24 to 64 bytes in base64');
  }
  return createSecretKey(key);
}

/** `webhook-id`, `webhook-timestamp` (epoch seconds) and `webhook-signature` for a payload sent now. */
export function webhookHeaders(
  id: string,
  now: number,
  payload: string,
  key: KeyObject,
): Record<string, string> {
  const timestamp = Math.floor(now / 1000);
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${payload}`).digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': `v1,${signature}`,
  };
}
