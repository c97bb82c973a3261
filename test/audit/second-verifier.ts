/** A second verifier of audit logs, written from docs/audit-format.md with node:crypto alone; it shares no code with poptray. */
import { createHash, createHmac, createPublicKey, hkdfSync, type KeyObject, verify } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `seq`: the first entry that is not as it should be; with the root, it is exact. */
type Finding = { verdict: 'whole' } | { verdict: 'tampered' | 'torn'; seq: number };
type Json = Record<string, unknown> | undefined;
type Key = { name: string; id: string; ed25519: KeyObject };
type Checkpoint = { count: number; root: string; mac: string; range: string[] };

/** The public key as `poptray audit public-key` prints it; the root in base64: without it no MAC is checked. */
export interface Means {
  readonly publicKey: string;
  readonly root?: string;
}

const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();

export function secondVerifier(dataDir: string, { publicKey, root }: Means): Finding {
  const key = readKey(publicKey);
  const checkpoint = readCheckpoint(join(dataDir, 'audit-checkpoint'), key);
  if (!checkpoint) return { verdict: 'tampered', seq: 1 };
  const folder = join(dataDir, 'audit');
  const firstOf = (name: string) => Number(name.slice(6, 18));
  const all = readdirSync(folder).filter((name) => /^audit-\d{12}\.ndjson$/.test(name));
  const isCut = all.length > 0 && Math.min(...all.map(firstOf)) > 1;
  const removed = isCut ? lastRemoval(folder, all.sort(), key) : undefined;
  const names = all.sort().filter((name) => firstOf(name) > (removed?.count ?? 0));
  const tree = createTree(removed);
  let mac = removed ? Buffer.from(removed.mac, 'base64') : Buffer.alloc(32);
  let seq = removed?.count ?? 0;
  let segment = removed ? undefined : -1;

  for (const name of names) {
    const file = readFileSync(join(folder, name));
    let segmentKey: Buffer | undefined;
    for (let from = 0, number = 1; from < file.length; number += 1) {
      const bad: Finding = { verdict: 'tampered', seq: seq + 1 };
      const end = file.indexOf(10, from) + 1;
      if (end === 0) {
        const isTail = name === names.at(-1) && seq >= checkpoint.count && file.length - from <= 1 << 20;
        return isTail ? { verdict: 'torn', seq: seq + 1 } : bad;
      }
      const line = file.subarray(from, end);
      from = end;
      const [, text = '', base64 = ''] =
        /^\{"entry":(.*),"mac":"([^"]{44})"\}\n$/s.exec(line.toString('latin1')) ?? [];
      const json = Buffer.from(text, 'latin1');
      const found = Buffer.from(base64, 'base64');
      const entry = parse(json.toString());
      if (found.length !== 32 || found.toString('base64') !== base64 || entry?.seq !== seq + 1) return bad;
      if (number === 1) {
        const opens = /^segment (\d+) /.exec(entry.type === 'opened' ? String(entry.detail) : '')?.[1];
        if (firstOf(name) !== seq + 1) return bad;
        segment = segment === undefined ? Number(opens) : segment + 1;
        if (entry.detail !== `segment ${segment} continues ${seq} at ${mac.toString('base64')}`) return bad;
        segmentKey = root === undefined ? undefined : keyOf(segment, root);
      }
      const right = segmentKey && createHmac('sha256', segmentKey).update(mac).update(json).digest();
      if (right && !right.equals(found)) return bad;
      mac = found;
      seq += 1;
      tree.add(sha256(Buffer.of(0), line));
      if (seq !== checkpoint.count) continue;
      const isSigned = tree.root().toString('base64') === checkpoint.root && base64 === checkpoint.mac;
      if (!isSigned) return { verdict: 'tampered', seq: 1 };
    }
  }
  return seq < checkpoint.count ? { verdict: 'tampered', seq: seq + 1 } : { verdict: 'whole' };
}

function keyOf(segment: number, root: string): Buffer {
  let key = Buffer.from(root, 'base64');
  for (let step = -1; step < segment; step += 1) {
    key = Buffer.from(hkdfSync('sha256', key, '', 'poptray audit: next segment', 32));
  }
  return key;
}

/** RFC 9162, section 2.1.1, by the roots of the full trees that it is made of, largest first. */
function createTree({ count = 0, range = [] }: Partial<Checkpoint> = {}) {
  const sizes = [...count.toString(2)].map((bit, at, bits) => Number(bit) * 2 ** (bits.length - 1 - at));
  const full = sizes
    .filter((leaves) => leaves > 0)
    .map((leaves, at) => ({ leaves, hash: Buffer.from(range[at] ?? '', 'base64') as Buffer }));
  return {
    add(leaf: Buffer) {
      let [leaves, hash]: [number, Buffer] = [1, leaf];
      for (let left = full.at(-1); left?.leaves === leaves; left = full.at(-1)) {
        hash = sha256(Buffer.of(1), left.hash, hash);
        leaves *= 2;
        full.pop();
      }
      full.push({ leaves, hash });
    },
    root: () => full.map(({ hash }) => hash).reduceRight((right, left) => sha256(Buffer.of(1), left, right)),
  };
}

function readKey(publicKey: string): Key {
  const [name = '', id = '', ...rest] = publicKey.split('+');
  const key = Buffer.from(rest.join('+'), 'base64');
  if (
    sha256(Buffer.from(`${name}\n`), key)
      .subarray(0, 4)
      .toString('hex') !== id
  )
    throw new Error('no key');
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key.subarray(1)]);
  return { name, id, ed25519: createPublicKey({ key: spki, format: 'der', type: 'spki' }) };
}

/** The checkpoint of the highest count that the key has signed. */
function readCheckpoint(path: string, key: Key): Checkpoint | undefined {
  const lines = readFileSync(path, 'utf8').split('\n');
  const notes = lines.map((line) => openNote(parse(line)?.note, key));
  return notes.sort((a, b) => (b?.count ?? -1) - (a?.count ?? -1))[0];
}

function lastRemoval(folder: string, names: readonly string[], key: Key): Checkpoint | undefined {
  const lines = names.flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'));
  const entries = lines
    .map((line) => parse(line)?.entry as Json)
    .filter((entry) => entry?.type === 'removed');
  return entries.map((entry) => openNote(entry?.detail, key)).findLast((removal) => removal !== undefined);
}

function openNote(note: unknown, { name, id, ed25519 }: Key): Checkpoint | undefined {
  const [text = '', signatures = ''] = String(note).split('\n\n');
  const [dash, signer, base64 = ''] = signatures.trimEnd().split(' ');
  const bytes = Buffer.from(base64, 'base64');
  if (dash !== '—' || signer !== name || bytes.subarray(0, 4).toString('hex') !== id) return undefined;
  if (!verify(null, Buffer.from(`${text}\n`), ed25519, bytes.subarray(4))) return undefined;
  const [origin, count, root = '', mac = '', range = ''] = text.split('\n');
  if (origin !== name) return undefined;
  return { count: Number(count), root, mac: mac.slice('mac '.length), range: range.split(' ').slice(1) };
}

function parse(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
