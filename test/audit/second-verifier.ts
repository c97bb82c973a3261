/** A second verifier of audit logs, written from docs/audit-format.md with node:crypto alone; it shares no code with poptray. */
import { createHash, createHmac, createPublicKey, hkdfSync, verify } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Finding {
  readonly verdict: 'whole' | 'tampered' | 'torn';
  /** The number of the first entry that is not as it should be; with the root, it is exact. */
  readonly seq?: number;
}

export interface Means {
  /** The public key of the checkpoints, as `poptray audit public-key` prints it. */
  readonly publicKey: string;
  /** The root in base64. Without it no MAC is checked. */
  readonly root?: string;
}

interface Checkpoint {
  readonly count: number;
  readonly root: string;
  readonly mac: string;
}

const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();

export function secondVerifier(dataDir: string, { publicKey, root }: Means): Finding {
  const checkpoint = readCheckpoint(join(dataDir, 'audit-checkpoint'), publicKey);
  if (!checkpoint) return { verdict: 'tampered', seq: 1 };
  const folder = join(dataDir, 'audit');
  const names = readdirSync(folder).filter((name) => /^audit-\d{12}\.ndjson$/.test(name));
  const leaves: Buffer[] = [];
  let mac = Buffer.alloc(32);
  let key = root === undefined ? undefined : Buffer.from(root, 'base64');
  let seq = 0;

  for (const [index, name] of names.sort().entries()) {
    const file = readFileSync(join(folder, name));
    if (key) key = Buffer.from(hkdfSync('sha256', key, '', 'poptray audit: next segment', 32));
    for (let from = 0, number = 1; from < file.length; number += 1) {
      const bad: Finding = { verdict: 'tampered', seq: seq + 1 };
      const end = file.indexOf(10, from) + 1;
      if (end === 0) {
        const isTail = index === names.length - 1 && seq >= checkpoint.count;
        return isTail ? { verdict: 'torn', seq: seq + 1 } : bad;
      }
      const line = file.subarray(from, end);
      from = end;
      const [, json, text] =
        /^\{"entry":(.*),"mac":"([A-Za-z0-9+/]{43}=)"\}\n$/s.exec(line.toString('latin1')) ?? [];
      if (json === undefined || text === undefined) return bad;
      const found = Buffer.from(text, 'base64');
      if (found.toString('base64') !== text) return bad;
      const entry = parse(Buffer.from(json, 'latin1').toString());
      if (entry?.seq !== seq + 1) return bad;
      if (number === 1) {
        if (entry.type !== 'opened') return bad;
        if (entry.detail !== `segment ${index} continues ${seq} at ${mac.toString('base64')}`) return bad;
      }
      if (key) {
        const right = createHmac('sha256', key).update(mac).update(Buffer.from(json, 'latin1')).digest();
        if (!right.equals(found)) return bad;
      }
      mac = found;
      seq += 1;
      leaves.push(sha256(Buffer.of(0), line));
      if (seq === checkpoint.count) {
        const isSigned = treeHash(leaves).toString('base64') === checkpoint.root && text === checkpoint.mac;
        if (!isSigned) return { verdict: 'tampered', seq: 1 };
      }
    }
  }
  return seq < checkpoint.count ? { verdict: 'tampered', seq: seq + 1 } : { verdict: 'whole' };
}

/** RFC 9162, section 2.1.1, from the bottom up: a tree's odd last node goes up as it is. */
function treeHash(leaves: readonly Buffer[]): Buffer {
  let level = leaves;
  while (level.length > 1) {
    level = level.flatMap((left, index) => {
      if (index % 2 === 1) return [];
      const right = level[index + 1];
      return [right ? sha256(Buffer.of(1), left, right) : left];
    });
  }
  return level[0] ?? sha256();
}

/** The checkpoint of the highest count that the key has signed. */
function readCheckpoint(path: string, publicKey: string): Checkpoint | undefined {
  const [name, id, ...rest] = publicKey.split('+');
  const key = Buffer.from(rest.join('+'), 'base64');
  if (
    sha256(Buffer.from(`${name}\n`), key)
      .subarray(0, 4)
      .toString('hex') !== id ||
    key[0] !== 1
  )
    return undefined;
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key.subarray(1)]);
  const ed25519 = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  let best: Checkpoint | undefined;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const note = parse(line)?.note;
    if (typeof note !== 'string') continue;
    const [text = '', signatures = ''] = note.split('\n\n');
    const [dash, signer, base64 = ''] = signatures.trimEnd().split(' ');
    const bytes = Buffer.from(base64, 'base64');
    if (dash !== '—' || signer !== name || bytes.subarray(0, 4).toString('hex') !== id) continue;
    if (!verify(null, Buffer.from(`${text}\n`), ed25519, bytes.subarray(4))) continue;
    const [origin, count, root, mac] = text.split('\n');
    if (origin !== name || Number(count) < (best?.count ?? 0)) continue;
    best = { count: Number(count), root: root ?? '', mac: mac?.slice('mac '.length) ?? '' };
  }
  return best;
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
