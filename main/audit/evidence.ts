/** What a log is judged by: the keys that are there, and the furthest checkpoint. */
import type { ChainKey } from './chain.ts';
import { type Checkpoint, openCheckpoint, parseSigningKey, type Verifier } from './checkpoint.ts';
import { readMark } from './checkpoint-file.ts';
import { parseKey, rootKey } from './keys.ts';

export interface Evidence {
  /** MACs are checked from this key's segment on; without it, none. */
  readonly key?: ChainKey | undefined;
  readonly verifier: Verifier;
  /** Its signature is checked. */
  readonly checkpoint?: Checkpoint | undefined;
}

/** The part of the secrets that tells of a log. */
export interface EvidenceStore {
  get(
    name: 'audit-key' | 'audit-root' | 'audit-signing-key' | 'audit-checkpoint',
  ): Promise<string | undefined>;
}

/** The root while it is still here, else the live key; undefined when a key is missing or is none. `path` is the checkpoint file's. */
export async function gatherEvidence(store: EvidenceStore, path: string): Promise<Evidence | undefined> {
  const root = await store.get('audit-root');
  const live = await store.get('audit-key');
  const signingKey = await store.get('audit-signing-key');
  if (signingKey === undefined) return undefined;
  const keys = keysIn(root, live ?? '', signingKey);
  return keys && { ...keys, checkpoint: await furthestCheckpoint(store, path, keys.verifier) };
}

function keysIn(root: string | undefined, live: string, signingKey: string): Evidence | undefined {
  try {
    const key = root === undefined ? parseKey(live) : rootKey(root);
    return key && { key, verifier: parseSigningKey(signingKey) };
  } catch {
    return undefined;
  }
}

/** Of the one in the file and the one in the keychain; undefined when this key has signed neither. */
export async function furthestCheckpoint(
  store: EvidenceStore,
  path: string,
  verifier: Verifier,
): Promise<Checkpoint | undefined> {
  const inFile = readMark(path, verifier)?.checkpoint;
  const inKeychain = openCheckpoint((await store.get('audit-checkpoint')) ?? '', verifier);
  return (inKeychain?.count ?? -1) > (inFile?.count ?? -1) ? inKeychain : inFile;
}
