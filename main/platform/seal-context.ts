/** Sealed context: a compact JWE (RFC 7516) under a key that only who has the session token can derive (contract §3). */
import { hkdfSync } from 'node:crypto';
import type { ContextToSeal } from '../pipeline/ports.ts';

/** The `context` parameter of a page's fragment. The key is HKDF-SHA256 (RFC 5869) of the token, without salt. */
export async function sealContext(context: ContextToSeal): Promise<string> {
  const { popId, application, sessionToken, entries, at, lifetimeMs } = context;
  const { CompactEncrypt } = await import('jose');
  const key = new Uint8Array(hkdfSync('sha256', sessionToken, '', `poptray context 1\0${application}`, 32));
  const iat = Math.floor(at / 1000);
  const exp = Math.floor((at + lifetimeMs) / 1000);
  const payload = JSON.stringify({ iat, exp, popId, application, context: entries });
  return new CompactEncrypt(new TextEncoder().encode(payload))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ: 'poptray-context+1' })
    .encrypt(key);
}
