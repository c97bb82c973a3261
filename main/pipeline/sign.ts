/** HMAC-SHA256 over the exact bytes of a body, and its check. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { DestinationRequest, SignedRequest } from './ports.ts';

function mac(body: Uint8Array, secret: string): Buffer {
  if (secret === '') throw new RangeError('an empty secret signs nothing');
  return createHmac('sha256', secret).update(body).digest();
}

/** Adds the signature over the body's bytes (base64); throws RangeError for an empty secret. */
export function sign(request: DestinationRequest, secret: string): SignedRequest {
  return { ...request, signature: mac(request.body, secret).toString('base64') };
}

/** Whether the signature belongs to the bytes, compared in constant time; throws RangeError for an empty secret. */
export function isSigned(request: SignedRequest, secret: string): boolean {
  // The text is compared, not what it decodes to: base64 has several spellings, and this one goes out.
  const given = Buffer.from(request.signature);
  const expected = Buffer.from(mac(request.body, secret).toString('base64'));
  return given.length === expected.length && timingSafeEqual(given, expected);
}
