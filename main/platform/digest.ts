/** Digests that nobody without the key can try texts out on. */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { Digest } from '../pipeline/ports.ts';

/** 128 bits in base64url, keyed by `base64`, which is asked for until it once does not throw. */
export function createDigest(base64: () => string): Digest {
  // A KeyObject, because a key in bytes is made into one anew for every digest, which costs more than the digest.
  let key: KeyObject | undefined;
  return (text) => {
    key ??= createSecretKey(base64(), 'base64');
    return createHmac('sha256', key).update(text).digest('base64url').slice(0, 22);
  };
}
