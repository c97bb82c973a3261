/** The sealed head beside the log: how far it had got, so that a tail cut off at a line's end is noticed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { type ChainKey, isSameMac, keyed } from './chain.ts';

export const HEAD_FILE = 'head.json';

export interface Head {
  readonly seq: number;
  /** base64. */
  readonly mac: string;
  /** The seal: HMAC over the two. */
  readonly tag: string;
}

/** Replaces the head; throws what the file system throws. */
export function writeHead(dir: string, { seq, mac }: { seq: number; mac: Buffer }, key: ChainKey): void {
  const text = mac.toString('base64');
  const head: Head = { seq, mac: text, tag: seal(seq, text, key).toString('base64') };
  writeFileAtomic.sync(join(dir, HEAD_FILE), `${JSON.stringify(head)}\n`, { mode: 0o600, fsync: false });
}

/** The head as it stands there, its seal not yet checked; undefined when it is missing or unreadable. */
export function readHead(dir: string): Head | undefined {
  try {
    const { seq, mac, tag } = JSON.parse(readFileSync(join(dir, HEAD_FILE), 'utf8')) as Record<
      string,
      unknown
    >;
    if (typeof seq !== 'number' || typeof mac !== 'string' || typeof tag !== 'string') return undefined;
    return { seq, mac, tag };
  } catch {
    return undefined;
  }
}

/** Whether the head was sealed with this key. */
export function isHeadGenuine({ seq, mac, tag }: Head, key: ChainKey): boolean {
  return isSameMac(Buffer.from(tag, 'base64'), seal(seq, mac, key));
}

function seal(seq: number, mac: string, { secret }: ChainKey): Buffer {
  return keyed(secret, `head ${seq} ${mac}`);
}
