/** The headers of Standard Webhooks 1.0.0 (symmetric scheme, v1). */
import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

/** The key bytes of a `whsec_` secret; throws RangeError when it is not one, or has under 24 bytes. */
export function webhookKey(secret: string): Buffer {
  const key = Buffer.from(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : '', 'base64');
  if (key.length < 24 || key.length > 64) {
    throw new RangeError('a webhook secret is "whsec_" and 24 to 64 bytes in base64');
  }
  return key;
}

/** `webhook-id`, `webhook-timestamp` (epoch seconds) and `webhook-signature` for a payload sent now. */
export function webhookHeaders(
  id: string,
  now: number,
  payload: string,
  key: Buffer,
): Record<string, string> {
  const timestamp = Math.floor(now / 1000);
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${payload}`).digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': `v1,${signature}`,
  };
}
