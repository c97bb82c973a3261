/** What a log is judged by: the keys that are there, and all checkpoints that are known of it. */
import type { ChainKey } from '../format/chain.ts';
import {
  type Checkpoint,
  openCheckpoint,
  parseSigningKey,
  type Signer,
  type Verifier,
} from './checkpoint.ts';
import { readMarks } from './checkpoint-file.ts';
import { parseKey, rootKey } from './keys.ts';

export interface Evidence {
  /** MACs are checked from this key's segment on; without it, none. */
  readonly key?: ChainKey | undefined;
  /** The log once had this segment: its key is kept here. */
  readonly reached?: number | undefined;
  readonly verifier: Verifier;
  /** Lowest count first; their signatures are checked. */
  readonly checkpoints: readonly Checkpoint[];
  /** How many entries the furthest checkpoint beside the log counts, which is made with it; -1 without one, Infinity for whom none need be there. */
  readonly beside: number;
}

/** The part of the secrets that tells of a log. */
export interface EvidenceStore {
  get(
    name: 'audit-key' | 'audit-root' | 'audit-signing-key' | 'audit-checkpoint' | 'audit-witness',
  ): Promise<string | undefined>;
}

/** The root while it is still here, else the live key; undefined when a key is missing or is none. `path` is the checkpoint file's. */
export async function gatherEvidence(store: EvidenceStore, path: string): Promise<Evidence | undefined> {
  const signer = signerIn(await store.get('audit-signing-key'));
  if (!signer) return undefined;
  const root = await store.get('audit-root');
  const key = root === undefined ? parseKey((await store.get('audit-key')) ?? '') : keyIn(root);
  return key && { key, verifier: signer, ...(await knownOf(store, path, signer)) };
}

function signerIn(text = ''): Signer | undefined {
  try {
    return parseSigningKey(text);
  } catch {
    return undefined;
  }
}

function keyIn(root: string): ChainKey | undefined {
  try {
    return rootKey(root);
  } catch {
    return undefined;
  }
}

/**
 * What is known here of the log whose checkpoints `verifier` checks: those in both lines of the file and among the secrets, ours and
 * one that a receiver has sent back, as far as this key has signed them; and the live key's segment, if the key is that log's.
 */
export async function knownOf(
  store: EvidenceStore,
  path: string,
  verifier: Verifier,
): Promise<Pick<Evidence, 'checkpoints' | 'beside' | 'reached'>> {
  const beside = readMarks(path, verifier).map(({ checkpoint }) => checkpoint);
  const secret = [await store.get('audit-checkpoint'), await store.get('audit-witness')];
  // A secret has no line break at its end; a note has one.
  const away = secret.flatMap((note = '') => openCheckpoint(`${note.trimEnd()}\n`, verifier) ?? []);
  const isOurs = signerIn(await store.get('audit-signing-key'))?.text === verifier.text;
  const live = isOurs ? parseKey((await store.get('audit-key')) ?? '') : undefined;
  return {
    checkpoints: byCount([...beside, ...away]),
    beside: beside.at(-1)?.count ?? -1,
    reached: live?.segment,
  };
}

/** Lowest first. */
export function byCount(checkpoints: readonly Checkpoint[]): Checkpoint[] {
  return checkpoints.toSorted((a, b) => a.count - b.count);
}
