/** Digests that nobody without the key can try texts out on. */
import { createHmac, createSecretKey } from 'node:crypto';
import type { Digest } from '../pipeline/ports.ts';

/** 128 bits in base64url, keyed by a key that is derived from `auditKey` (base64). */
export function createDigest(auditKey: string): Digest {
  // A KeyObject, because a key in bytes is made into one anew for every digest, which costs more than the digest.
  const root = createSecretKey(auditKey, 'base64');
  const key = createSecretKey(createHmac('sha256', root).update('poptray digest').digest());
  return (text) => createHmac('sha256', key).update(text).digest('base64url').slice(0, 22);
}
