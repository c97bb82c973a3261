/** How an endpoint shows that it knows a token before it is shown the token. */
import { createHmac, hash } from 'node:crypto';

/** 32 bytes in base64url, from whoever asks. */
export const NONCE = /^[A-Za-z0-9_-]{43}$/;

/** All of a token that an endpoint keeps: its SHA-256. */
export function digestOf(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

/**
 * HMAC-SHA256 keyed with the token's digest, in base64url. It holds the port, so that a stranger on another one cannot
 * pass the question on to poptray and the answer back.
 */
export function proofOf(digest: Uint8Array, port: number, nonce: string): string {
  return createHmac('sha256', digest).update(`poptray endpoint ${port} ${nonce}`).digest('base64url');
}
