/** The headers of Standard Webhooks 1.0.0 (symmetric scheme, v1). */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { webhookSecretFault } from '../../shared/secrets.ts';

/** The key of a `whsec_` secret; throws RangeError, which does not quote it, when it is none. */
export function webhookKey(secret: string): KeyObject {
  const fault = webhookSecretFault(secret);
  if (fault !== null) throw new RangeError(fault);
  return createSecretKey(secret.slice('whsec_'.length), 'base64');
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
