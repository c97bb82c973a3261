/** Checkpoints: what the log was when it had so many entries, signed with Ed25519, as C2SP's tlog-checkpoint and signed-note have it. */
import {
  createPrivateKey,
  createPublicKey,
  hash,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import type { Hash } from './merkle.ts';

export interface Checkpoint {
  readonly count: number;
  /** Of the Merkle tree over the lines. */
  readonly root: Hash;
  /** The last entry's. */
  readonly mac: Buffer;
  /** The tree's range, where the entries themselves are to go. */
  readonly range?: readonly Hash[];
  /** The signed note. */
  readonly note: string;
}

/** Who signs: `text` is its key as signed-note writes it (vkey), for whoever is to check it. */
export interface Verifier {
  readonly name: string;
  readonly text: string;
  readonly id: Buffer;
  readonly key: KeyObject;
}

export interface Signer extends Verifier {
  readonly secret: KeyObject;
}

/** What DER says before the 32 bytes of an Ed25519 key (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
/** Ed25519, among signed-note's kinds of signatures. */
const ED25519 = Buffer.of(1);

/** A new signing key in the text form of Go's sumdb/note, under a name of its own. */
export function newSigningKey(): string {
  const name = `poptray/${randomBytes(8).toString('hex')}`;
  const seed = randomBytes(32);
  const { id } = verifierOf(name, publicBytes(seed));
  return `PRIVATE+KEY+${name}+${id.toString('hex')}+${Buffer.concat([ED25519, seed]).toString('base64')}`;
}

/** Throws RangeError, which does not quote it, when it is none. */
export function parseSigningKey(text: string): Signer {
  const [, name, , base64] = /^PRIVATE\+KEY\+([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text) ?? [];
  const bytes = Buffer.from(base64 ?? '', 'base64');
  if (name === undefined || bytes.length !== 33 || bytes[0] !== 1) throw new RangeError('not a signing key');
  const seed = bytes.subarray(1);
  return { ...verifierOf(name, publicBytes(seed)), secret: secretKey(seed) };
}

/** From its text form; undefined when it is none. */
export function parseVerifier(text: string): Verifier | undefined {
  const [, name, id, base64] = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text.trim()) ?? [];
  const bytes = Buffer.from(base64 ?? '', 'base64');
  if (name === undefined || bytes.length !== 33 || bytes[0] !== 1) return undefined;
  const verifier = verifierOf(name, bytes.subarray(1));
  return verifier.id.toString('hex') === id ? verifier : undefined;
}

function verifierOf(name: string, bytes: Buffer): Verifier {
  const encoded = Buffer.concat([ED25519, bytes]);
  const id = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), encoded]), 'buffer').subarray(0, 4);
  const key = createPublicKey({ key: Buffer.concat([SPKI, bytes]), format: 'der', type: 'spki' });
  return { name, id, key, text: `${name}+${id.toString('hex')}+${encoded.toString('base64')}` };
}

function secretKey(seed: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
}

function publicBytes(seed: Buffer): Buffer {
  return createPublicKey(secretKey(seed)).export({ format: 'der', type: 'spki' }).subarray(SPKI.length);
}

/** The signer's name is the log's as well. */
export function signCheckpoint(about: Omit<Checkpoint, 'note'>, { name, id, secret }: Signer): Checkpoint {
  const { count, root, mac, range } = about;
  const lines = [name, count, base64(root), `mac ${mac.toString('base64')}`];
  if (range) lines.push(['range', ...range.map(base64)].join(' '));
  const text = `${lines.join('\n')}\n`;
  const signature = Buffer.concat([id, sign(null, Buffer.from(text), secret)]).toString('base64');
  return { ...about, note: `${text}\n— ${name} ${signature}\n` };
}

const NOTE =
  /^(\S+)\n(0|[1-9]\d{0,14})\n(\S{44})\nmac (\S{44})\n(?:range((?: \S{44})*)\n)?\n— (\S+) (\S+)\n$/;

/** What a note says, if this key has signed it; else undefined. */
export function openCheckpoint(note: string, { name, id, key }: Verifier): Checkpoint | undefined {
  const [, origin, count, root, mac, range, signer, signature] = NOTE.exec(note) ?? [];
  if (origin !== name || signer !== name || root === undefined || mac === undefined) return undefined;
  const signed = Buffer.from(signature ?? '', 'base64');
  // Base64 has more than one spelling for the same bytes; only one is ours.
  if (signed.toString('base64') !== signature) return undefined;
  const text = note.slice(0, note.lastIndexOf('\n\n') + 1);
  if (!signed.subarray(0, 4).equals(id) || !verify(null, Buffer.from(text), key, signed.subarray(4))) {
    return undefined;
  }
  return {
    count: Number(count),
    root: fromBase64(root),
    mac: Buffer.from(mac, 'base64'),
    ...(range !== undefined && { range: range.split(' ').slice(1).map(fromBase64) }),
    note,
  };
}

export function base64(hash: Hash): string {
  return Buffer.from(hash, 'latin1').toString('base64');
}

export function fromBase64(text: string): Hash {
  return Buffer.from(text, 'base64').toString('latin1');
}
