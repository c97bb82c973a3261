/** A second verifier of audit logs, written from docs/audit-format.md with node:crypto alone; it shares no code with poptray. */
import { createHash, createHmac, createPublicKey, hkdfSync, type KeyObject, verify } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `seq`: the first entry that is not as it should be; with the root, it is exact. */
export type Finding =
  | { verdict: 'whole' }
  | { verdict: 'tampered' | 'torn' | 'no-key' | 'not-all-vouched-for'; seq: number };

/** What the verifier has beside the folder. */
export interface Means {
  /** As `poptray audit public-key` prints it. */
  readonly publicKey: string;
  /** The root in base64, or the kept key with its segment; without either no MAC is checked. */
  readonly root?: string | undefined;
  readonly kept?: string | undefined;
  /** Checkpoints from the keychain. */
  readonly notes?: readonly string[];
  /** A checkpoint from elsewhere. */
  readonly given?: string;
}

type Json = Record<string, unknown>;
type Key = { name: string; id: string; ed25519: KeyObject };
type Checkpoint = { count: number; root: string; mac: string; range: string[] | undefined };
type Chain = { segment: number; key: Buffer };

const LINE_MAX = 1 << 20;
const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
const isRegular = (path: string) => lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

export function secondVerifier(dataDir: string, means: Means): Finding {
  const key = readKey(means.publicKey);
  const folder = join(dataDir, 'audit');
  const beside = notesBeside(join(dataDir, 'audit-checkpoint'), key);
  const others = [...(means.notes ?? []), means.given].flatMap((note) => openNote(note, key) ?? []);
  const segments = segmentsIn(folder);
  const removal = (segments[0]?.first ?? 1) === 1 ? undefined : lastRemoval(segments, key);
  const checkpoints = [...beside, ...others].filter(({ count }) => count >= (removal?.count ?? 0));
  const signed = Math.max(0, ...checkpoints.map(({ count }) => count));
  const [, number, base64] = /^(\d+):(.+)$/.exec(means.kept ?? '') ?? [];
  const kept = base64 && { segment: Number(number), key: Buffer.from(base64, 'base64') };
  let chain: Chain | undefined =
    means.root === undefined ? kept || undefined : { segment: -1, key: Buffer.from(means.root, 'base64') };

  const tree = createTree(removal);
  let mac = removal ? removal.mac : Buffer.alloc(32).toString('base64');
  let seq = removal?.count ?? 0;
  let segment: number | undefined = removal ? undefined : -1;
  let [macs, torn, bare, foreign] = [0, 0, 0, 0];
  const tampered = (at = seq + 1): Finding => ({ verdict: 'tampered', seq: at });
  const isUnlike = () =>
    checkpoints.some((note) => note.count === seq && (note.root !== tree.root() || note.mac !== mac));
  if (isUnlike()) return tampered();

  const left = segments.filter(({ first }) => first > (removal?.count ?? 0));
  for (const { first, bytes } of left) {
    let macKey: Buffer | undefined;
    for (let from = 0; from < bytes.length && torn === 0; ) {
      const end = bytes.indexOf(10, from) + 1;
      const mayBeTorn = first === left.at(-1)?.first && seq >= signed;
      if (end === 0 && (!mayBeTorn || bytes.length - from > LINE_MAX)) return tampered();
      const hasZero = bytes.subarray(from, end).includes(0);
      if (end === 0 || (mayBeTorn && hasZero && !wasSynced(bytes, end))) {
        torn = seq + 1;
        break;
      }
      const line = readLine(bytes.subarray(from, end));
      if (line?.entry?.seq !== seq + 1) return tampered();
      if (from === 0) {
        const [, opens] =
          /^segment (\d+) /.exec(line.entry.type === 'opened' ? `${line.entry.detail}` : '') ?? [];
        const here: number = segment === undefined ? Number(opens) : segment + 1;
        if (first !== seq + 1 || line.entry.detail !== `segment ${here} continues ${seq} at ${mac}`)
          return tampered();
        segment = here;
        for (
          ;
          chain && chain.segment < here;
          chain = { segment: chain.segment + 1, key: nextKey(chain.key) }
        );
        macKey = chain?.segment === here ? chain.key : undefined;
        if (macKey && macs === 0 && isOfAnother(bytes, mac, macKey)) {
          foreign = seq + 1;
          [macKey, chain] = [undefined, undefined];
        }
      } else if (line.entry.type === 'opened') return tampered();
      if (macKey && macOf(macKey, mac, line.json) !== line.mac) return tampered();
      ({ mac } = line);
      seq += 1;
      tree.add(sha256(Buffer.of(0), bytes.subarray(from, end)));
      if (isUnlike()) return tampered(1);
      if (macKey) macs += 1;
      else if (seq > signed && bare === 0) bare = seq;
      from = end;
    }
  }
  if (beside.length + others.length === 0 || seq < signed) return tampered();
  if (foreign > 0) return { verdict: 'no-key', seq: foreign };
  if (kept && kept.segment > Math.max(0, segment ?? 0)) return tampered();
  const isMarked = beside.some(({ count }) => removal === undefined || count > removal.count);
  if (!isMarked && means.given === undefined) return tampered();
  if (bare > 0) return { verdict: 'not-all-vouched-for', seq: bare };
  return torn > 0 ? { verdict: 'torn', seq: torn } : { verdict: 'whole' };
}

function segmentsIn(folder: string): { first: number; bytes: Buffer }[] {
  const names = isRegular(folder) || !lstatSync(folder, { throwIfNoEntry: false }) ? [] : readdirSync(folder);
  return names
    .filter((name) => /^audit-\d{12}\.ndjson$/.test(name) && isRegular(join(folder, name)))
    .sort()
    .map((name) => ({ first: Number(name.slice(6, 18)), bytes: readFileSync(join(folder, name)) }));
}

function readLine(bytes: Buffer): { json: Buffer; entry: Json | undefined; mac: string } | undefined {
  const [, text, mac = ''] =
    /^\{"entry":(.*),"mac":"([^"]{44})"\}\n$/s.exec(
      bytes.length > LINE_MAX ? '' : bytes.toString('latin1'),
    ) ?? [];
  const decoded = Buffer.from(mac, 'base64');
  if (text === undefined || decoded.length !== 32 || decoded.toString('base64') !== mac) return undefined;
  const json = Buffer.from(text, 'latin1');
  return { json, entry: parse(json.toString()), mac };
}

/** Whether what is behind a hole shows that the hole was on disk. */
function wasSynced(bytes: Buffer, from: number): boolean {
  const lines = bytes
    .subarray(from)
    .toString('latin1')
    .split(/(?<=\n)/);
  const entries = lines.map((line) => readLine(Buffer.from(line, 'latin1'))?.entry);
  const behind = entries.filter((entry) => entry !== undefined);
  return behind.some(({ type, popId, boot, uptimeMs }, at) => {
    const before = behind.slice(0, at);
    if (type === 'result' && before.some((other) => other.type === 'intent' && other.popId === popId))
      return true;
    const start = before.find((other) => other.boot === boot);
    return type === 'inconsistent' || Number(uptimeMs) - Number(start?.uptimeMs ?? uptimeMs) > 60_000;
  });
}

/** Neither of the first two lines is of this key, nor says that it is. */
function isOfAnother(bytes: Buffer, before: string, key: Buffer): boolean {
  const id = createHmac('sha256', key).update('key id').digest('hex').slice(0, 16);
  let [mac, from] = [before, 0];
  for (let count = 0; count < 2 && from < bytes.length; count += 1) {
    const end = bytes.indexOf(10, from) + 1;
    const line = readLine(bytes.subarray(from, end === 0 ? undefined : end));
    if (!line || line.json.includes(`"keyId":"${id}"`) || macOf(key, mac, line.json) === line.mac)
      return false;
    mac = line.mac;
    from = end === 0 ? bytes.length : end;
  }
  return true;
}

function macOf(key: Buffer, before: string, json: Buffer): string {
  return createHmac('sha256', key).update(Buffer.from(before, 'base64')).update(json).digest('base64');
}

function nextKey(key: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', 'poptray audit: next segment', 32));
}

/** RFC 9162, section 2.1.1, by the roots of the full trees that it is made of, largest first. */
function createTree(from: Partial<Checkpoint> = {}) {
  const { count = 0, range = [] } = from;
  const sizes = [...count.toString(2)].map((bit, at, bits) => Number(bit) * 2 ** (bits.length - 1 - at));
  const full = sizes
    .filter((leaves) => leaves > 0)
    .map((leaves, at) => ({ leaves, hash: Buffer.from(range[at] ?? '', 'base64') as Buffer }));
  return {
    trees: full.length,
    add(leaf: Buffer) {
      let [leaves, hash]: [number, Buffer] = [1, leaf];
      for (let left = full.at(-1); left?.leaves === leaves; left = full.at(-1)) {
        hash = sha256(Buffer.of(1), left.hash, hash);
        leaves *= 2;
        full.pop();
      }
      full.push({ leaves, hash });
    },
    root(): string {
      if (full.length === 0) return sha256().toString('base64');
      const hashes = full.map(({ hash }) => hash);
      return hashes.reduceRight((right, left) => sha256(Buffer.of(1), left, right)).toString('base64');
    },
  };
}

function readKey(publicKey: string): Key {
  const [name = '', id = '', ...rest] = publicKey.split('+');
  const key = Buffer.from(rest.join('+'), 'base64');
  const hash = sha256(Buffer.from(`${name}\n`), key).subarray(0, 4);
  if (hash.toString('hex') !== id) throw new Error('no key');
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key.subarray(1)]);
  return { name, id, ed25519: createPublicKey({ key: spki, format: 'der', type: 'spki' }) };
}

/** A line counts when its note is signed and its range has the root that was signed. */
function notesBeside(path: string, key: Key): Checkpoint[] {
  if (!isRegular(path)) return [];
  const bytes = readFileSync(path);
  return [bytes.subarray(0, 4096), bytes.subarray(4096, 8192)].flatMap((line) => {
    const { note, range } = parse(line.toString()) ?? {};
    const checkpoint = openNote(note, key);
    if (!checkpoint || !Array.isArray(range)) return [];
    return fitsRange({ ...checkpoint, range }) ? checkpoint : [];
  });
}

function fitsRange(checkpoint: Checkpoint): boolean {
  const tree = createTree(checkpoint);
  return tree.trees === checkpoint.range?.length && tree.root() === checkpoint.root;
}

function lastRemoval(segments: readonly { bytes: Buffer }[], key: Key): Checkpoint | undefined {
  const lines = segments.flatMap(({ bytes }) => bytes.toString('latin1').split(/(?<=\n)/));
  const entries = lines.map((line) => readLine(Buffer.from(line, 'latin1'))?.entry);
  const notes = entries
    .filter((entry) => entry?.type === 'removed')
    .map((entry) => openNote(entry?.detail, key));
  return notes.findLast((note) => note?.range && fitsRange(note));
}

const NOTE = /^(\S+)\n(0|[1-9]\d*)\n(\S{44})\nmac (\S{44})\n(?:range((?: \S{44})*)\n)?\n— (\S+) (\S+)\n$/;

function openNote(note: unknown, { name, id, ed25519 }: Key): Checkpoint | undefined {
  const [, origin, count, root = '', mac = '', range, signer, base64 = ''] = NOTE.exec(`${note}`) ?? [];
  const bytes = Buffer.from(base64, 'base64');
  if (origin !== name || signer !== name || bytes.toString('base64') !== base64) return undefined;
  if (bytes.subarray(0, 4).toString('hex') !== id) return undefined;
  const text = `${note}`.slice(0, `${note}`.indexOf('\n\n') + 1);
  if (!verify(null, Buffer.from(text), ed25519, bytes.subarray(4))) return undefined;
  return { count: Number(count), root, mac, range: range?.split(' ').slice(1) };
}

function parse(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}
