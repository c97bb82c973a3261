/** The sealed head beside the log: how far it had got, so that a tail cut off at a line's end is noticed. */
import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type ChainKey, isSameMac, keyed, nextKey } from './chain.ts';

export const HEAD_FILE = 'head.ndjson';

/** Every line has this length in bytes, so that one can be replaced without touching the other. */
const LINE_BYTES = 160;

interface Head {
  readonly seq: number;
  /** base64. */
  readonly mac: string;
  /** The seal: HMAC over the two. */
  readonly tag: string;
}

export interface HeadFile {
  /** Replaces the older of the two lines; throws what the file system throws. */
  write(at: { seq: number; mac: Buffer; key: ChainKey }): void;
  close(): void;
}

/**
 * Opens the head for writing. Its two lines are written in turn, in place: a power cut can spoil one of them,
 * never both, and a rename each second would wait for the file system's journal.
 */
export function openHead(dir: string): HeadFile {
  const fd = openSync(join(dir, HEAD_FILE), constants.O_RDWR | constants.O_CREAT, 0o600);
  let slot = 0;
  return {
    write({ seq, mac, key }) {
      const text = mac.toString('base64');
      const head: Head = { seq, mac: text, tag: seal(seq, text, key).toString('base64') };
      writeSync(fd, `${JSON.stringify(head).padEnd(LINE_BYTES - 1)}\n`, slot * LINE_BYTES);
      slot = 1 - slot;
    },
    close: () => closeSync(fd),
  };
}

/** The furthest head that was sealed with the keys from `live` to `last`; undefined when there is none. */
export function readHead(dir: string, live: ChainKey, last: ChainKey): Head | undefined {
  let text: string;
  try {
    text = readFileSync(join(dir, HEAD_FILE), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const keys = [live];
  while ((keys.at(-1) as ChainKey).segment < last.segment) keys.push(nextKey(keys.at(-1) as ChainKey));
  const heads = text.split('\n').flatMap((line) => keys.flatMap((key) => parseHead(line, key)));
  return heads.sort((a, b) => b.seq - a.seq)[0];
}

function parseHead(line: string, key: ChainKey): Head[] {
  try {
    const { seq, mac, tag } = JSON.parse(line) as Record<string, unknown>;
    if (typeof seq !== 'number' || typeof mac !== 'string' || typeof tag !== 'string') return [];
    return isSameMac(Buffer.from(tag, 'base64'), seal(seq, mac, key)) ? [{ seq, mac, tag }] : [];
  } catch {
    return [];
  }
}

function seal(seq: number, mac: string, { secret }: ChainKey): Buffer {
  return keyed(secret, `head ${seq} ${mac}`);
}
