/** HMAC-SHA256 over the exact bytes of a body, and its check. */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { DestinationRequest, SignedRequest } from './ports.ts';

/** Made once, because Node would make it anew for each signature; throws RangeError for an empty secret. */
export function signingKey(secret: string): KeyObject {
  if (secret === '') throw new RangeError('an empty secret signs nothing');
  return createSecretKey(secret, 'utf8');
}

function signatureOf({ body }: DestinationRequest, key: KeyObject): string {
  return createHmac('sha256', key).update(body).digest('base64');
}

/** Adds the signature over the body's bytes (base64). */
export function sign(request: DestinationRequest, key: KeyObject): SignedRequest {
  return { ...request, signature: signatureOf(request, key) };
}

/** Whether the signature belongs to the bytes, compared in constant time. */
export function isSigned(request: SignedRequest, key: KeyObject): boolean {
  // The text is compared, not what it decodes to: base64 has several spellings, and this one goes out.
  const given = Buffer.from(request.signature);
  const expected = Buffer.from(signatureOf(request, key));
  return given.length === expected.length && timingSafeEqual(given, expected);
}
