/** What the auditor gets: the root of the keys, and the public key of the checkpoints. */
import type { ChainKey } from '../format/chain.ts';
import { parseVerifier, type Verifier } from './checkpoint.ts';
import { rootKey } from './keys.ts';

/** Two lines. `base64`: the root. */
export function formatRoot(base64: string, { text }: Verifier): string {
  return `root ${base64}\n${text}\n`;
}

/** Undefined when the text is no such file. */
export function parseRoot(text: string): { key: ChainKey; verifier: Verifier } | undefined {
  const [, root, signer] = /^root ([A-Za-z0-9+/]{43}=)\n(\S+)\n$/.exec(text) ?? [];
  const verifier = parseVerifier(signer ?? '');
  return root !== undefined && verifier ? { key: rootKey(root), verifier } : undefined;
}
