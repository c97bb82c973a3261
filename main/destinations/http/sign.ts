/** HMAC-SHA256 over the exact bytes of a body, and its check. */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

/** Made once, because Node would make it anew for each signature; throws RangeError for an empty secret. */
export function signingKey(secret: string): KeyObject {
  if (secret === '') throw new RangeError('an empty secret signs nothing');
  return createSecretKey(secret, 'utf8');
}

/** The signature of these bytes, in base64. */
export function signatureOf(body: Uint8Array, key: KeyObject): string {
  return createHmac('sha256', key).update(body).digest('base64');
}

/** Whether the signature belongs to the bytes, compared in constant time. */
export function isSignatureOf(signature: string, body: Uint8Array, key: KeyObject): boolean {
  // The text is compared, not what it decodes to: base64 has several spellings, and this one goes out.
  const given = Buffer.from(signature);
  const expected = Buffer.from(signatureOf(body, key));
  return given.length === expected.length && timingSafeEqual(given, expected);
}
