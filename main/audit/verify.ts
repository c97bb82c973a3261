/** Checks a whole log: numbering, chain, and that it reaches as far as it once did. */
import { type ChainKey, GENESIS, isSameMac, link, parseLine } from './chain.ts';
import { HEAD_FILE, readHead } from './head.ts';
import { type LogLine, listSegments, readLines } from './segments.ts';

/** What is wrong, and where: the first bad entry. */
export interface Fault {
  readonly segment: string;
  /** 1-based. */
  readonly line: number;
  /** The number the entry there should have. */
  readonly seq: number;
  readonly reason: string;
}

export interface Verdict {
  readonly verdict: 'whole' | 'tampered' | 'torn';
  /** Good entries before the fault, if there is one. */
  readonly entries: number;
  readonly segments: number;
  readonly fault?: Fault;
}

/** A caller that must stay responsive gets to run after this many entries. */
const STEP = 500;

/** Checks the whole log at once; see verifySteps. */
export function verifyLog(dir: string, key: ChainKey): Verdict {
  const steps = verifySteps(dir, key);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/**
 * Reads the log once, in constant memory, and yields how many entries were good so far. `torn`: the last line
 * was never finished, which a crash leaves behind and the next start mends. Throws what the file system throws.
 */
export function* verifySteps(dir: string, key: ChainKey): Generator<number, Verdict> {
  const segments = listSegments(dir);
  const head = readHead(dir, key);
  let mac: Buffer = GENESIS;
  let seq = 0;
  let last: LogLine | undefined;

  const found = (verdict: Verdict['verdict'], fault?: Fault): Verdict => {
    return { verdict, entries: seq, segments: segments.length, ...(fault && { fault }) };
  };
  const at = (line: LogLine | undefined, reason: string): Fault => {
    return { segment: line?.segment ?? '', line: line?.number ?? 0, seq: seq + 1, reason };
  };

  for (const segment of segments) {
    for (const line of readLines(dir, segment)) {
      last = line;
      if (!line.text.endsWith('\n')) {
        if (segment !== segments.at(-1)) return found('tampered', at(line, 'the line is not finished'));
        if (seq < (head?.seq ?? 0)) return found('tampered', at(line, 'the line was cut'));
        return found('torn', at(line, `the line was never finished, from byte ${line.offset} on`));
      }
      const parsed = parseLine(line.text);
      if (!parsed) return found('tampered', at(line, 'it is not a line of an audit log'));
      const next = link(mac, parsed.json, key);
      if (!isSameMac(parsed.mac, next)) return found('tampered', at(line, reasonFor(parsed.json, seq + 1)));
      if (head?.seq === seq + 1 && head.mac !== parsed.mac.toString('base64')) {
        return found('tampered', at(line, 'it is not the entry that once stood here'));
      }
      mac = next;
      seq += 1;
      if (seq % STEP === 0) yield seq;
    }
  }
  // A key is made only with a log.
  if (segments.length === 0) return found('tampered', at(last, 'the log is gone, although its key is there'));
  // Killed at its very first start, before anything was acknowledged.
  if (!head && seq <= 1)
    return found('torn', at(last, 'the log was begun, but nothing was written to it yet'));
  if (!head) {
    return found('tampered', at(last, `${HEAD_FILE} vouches for nothing, so the end may be missing`));
  }
  if (head.seq > seq) {
    return found('tampered', at(last, `the entries up to ${head.seq} are missing from the end`));
  }
  return found('whole');
}

function reasonFor(json: string, expected: number): string {
  try {
    const { seq } = JSON.parse(json) as { seq?: unknown };
    if (typeof seq === 'number' && seq !== expected)
      return `entry ${expected} is missing: entry ${seq} stands here`;
  } catch {
    // Not JSON any more: changed.
  }
  return 'it was changed, moved, or written with another key';
}
