/** The log's keys among the secrets: the live one moves forward with each segment, and what it was is erased. */
import { randomBytes } from 'node:crypto';
import { type ChainKey, chainKey, nextKey } from '../format/chain.ts';
import { newSigningKey, parseSigningKey, type Signer } from './checkpoint.ts';

/** The part of the secrets that the keys need. */
export interface KeyStore {
  get(name: KeyName): Promise<string | undefined>;
  set(name: KeyName, value: string): Promise<void>;
  getOrCreate(name: KeyName, make: () => string): Promise<string>;
}

type KeyName = 'audit-key' | 'audit-root' | 'audit-signing-key' | 'digest-key';

/** There is a log, but not its key, or one that this version cannot use; the message says what to do. */
export class AuditKeyMissing extends Error {
  override readonly name = 'AuditKeyMissing';
}

/** The live key as it is kept: its segment's number and its bytes. */
export function formatKey({ segment, secret }: ChainKey): string {
  return `${segment}:${secret.export().toString('base64')}`;
}

/** Undefined when it is not in that form. */
export function parseKey(text: string): ChainKey | undefined {
  const [, segment, base64] = /^(\d{1,7}):([A-Za-z0-9+/]{43}=)$/.exec(text) ?? [];
  return base64 === undefined ? undefined : chainKey(Buffer.from(base64, 'base64'), Number(segment));
}

export interface Keys {
  /** Of the last segment. */
  readonly live: ChainKey;
  /** Signs checkpoints. */
  readonly signer: Signer;
  /** For digests of what must not be read; base64. */
  readonly digestKey: string;
}

/**
 * The keys. They are made with the log, and `begin` makes the first checkpoint before those that chain, so that a key without a
 * checkpoint is known for what it is. Throws AuditKeyMissing when there is a log without them.
 */
export async function openKeys(
  store: KeyStore,
  hasLog: boolean,
  begin: (signer: Signer) => Promise<void> | void,
): Promise<Keys> {
  const digestKey = await store.getOrCreate('digest-key', make32);
  const kept = await store.get('audit-key');
  const root = await store.get('audit-root');
  const signingKey = await store.get('audit-signing-key');
  const live = kept === undefined ? root && nextKey(rootKey(root)) : parseKey(kept);
  if (live && signingKey !== undefined && (hasLog || kept !== undefined)) {
    return { live, signer: parseSigningKey(signingKey), digestKey };
  }
  if (hasLog) {
    throw new AuditKeyMissing(
      kept !== undefined && !live
        ? 'the audit log is in the format of a version before the release. Run "poptray reset", and poptray begins a new log'
        : 'the keys of its audit log are gone. Put them back; or run "poptray reset", which seals the log aside, for whoever looks into it, and begins a new one',
    );
  }
  const made = { root: make32(), signingKey: newSigningKey() };
  const signer = parseSigningKey(made.signingKey);
  await store.set('audit-signing-key', made.signingKey);
  await begin(signer);
  await store.set('audit-root', made.root);
  const first = nextKey(rootKey(made.root));
  await store.set('audit-key', formatKey(first));
  return { live: first, signer, digestKey };
}

const make32 = () => randomBytes(32).toString('base64');

/** From the root all keys follow; it is none of them, so that it can leave the machine. */
export function rootKey(base64: string): ChainKey {
  return chainKey(Buffer.from(base64, 'base64'), -1);
}
