/** Checks a whole log: numbering, chain, and that it reaches as far as it once did. */
import { type ChainKey, GENESIS, isSameMac, keyOf, link, parseLine, parseOpening } from './chain.ts';
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
 * was never finished, which a crash leaves behind and the next start mends. The MACs of segments before the one of
 * `live` cannot be checked, only their order. Throws what the file system throws.
 */
export function* verifySteps(dir: string, live: ChainKey): Generator<number, Verdict> {
  const segments = listSegments(dir);
  const last = keyOf(live.segment + segments.length, live) ?? live;
  const head = readHead(dir, live, last);
  let mac: Buffer = GENESIS;
  let seq = 0;
  let line: LogLine | undefined;
  let key: ChainKey | undefined;
  let opened = -1;

  const found = (verdict: Verdict['verdict'], reason?: string): Verdict => {
    const fault = {
      segment: line?.segment ?? '',
      line: line?.number ?? 0,
      seq: seq + 1,
      reason: reason ?? '',
    };
    return { verdict, entries: seq, segments: segments.length, ...(reason !== undefined && { fault }) };
  };

  for (const segment of segments) {
    for (line of readLines(dir, segment)) {
      if (!line.text.endsWith('\n')) {
        if (segment !== segments.at(-1)) return found('tampered', 'the line is not finished');
        if (seq < (head?.seq ?? 0)) return found('tampered', 'the line was cut');
        return found('torn', `the line was never finished, from byte ${line.offset} on`);
      }
      const parsed = parseLine(line.text);
      if (!parsed) return found('tampered', 'it is not a line of an audit log');
      if (line.number === 1) {
        const opening = parseOpening(parsed.json);
        if (!opening || opening.segment !== opened + 1) {
          return found(
            'tampered',
            reasonFor(parsed.json, seq + 1, 'it does not open the segment that belongs here'),
          );
        }
        if (opening.count !== seq || !isSameMac(opening.mac, mac)) {
          return found(
            'tampered',
            reasonFor(parsed.json, seq + 1, 'it does not continue the segment before'),
          );
        }
        opened = opening.segment;
        key = keyOf(opened, live);
      }
      if (key ? !isSameMac(parsed.mac, link(mac, parsed.json, key)) : numberOf(parsed.json) !== seq + 1) {
        return found('tampered', reasonFor(parsed.json, seq + 1));
      }
      if (head?.seq === seq + 1 && head.mac !== parsed.mac.toString('base64')) {
        return found('tampered', 'it is not the entry that once stood here');
      }
      mac = parsed.mac;
      seq += 1;
      if (seq % STEP === 0) yield seq;
    }
  }
  // A key is made only with a log.
  if (segments.length === 0) return found('tampered', 'the log is gone, although its key is there');
  // Killed at its very first start, before anything was acknowledged.
  if (!head && seq <= 1) return found('torn', 'the log was begun, but nothing was written to it yet');
  if (!head) return found('tampered', `${HEAD_FILE} vouches for nothing, so the end may be missing`);
  if (head.seq > seq) return found('tampered', `the entries up to ${head.seq} are missing from the end`);
  return found('whole');
}

function reasonFor(
  json: string,
  expected: number,
  otherwise = 'it was changed, moved, or written with another key',
): string {
  const seq = numberOf(json);
  if (seq === undefined || seq === expected) return otherwise;
  return `entry ${expected} is missing: entry ${seq} stands here`;
}

/** Undefined when it has none, because it was changed. */
function numberOf(json: string): number | undefined {
  try {
    const { seq } = JSON.parse(json) as { seq?: unknown };
    return typeof seq === 'number' ? seq : undefined;
  } catch {
    return undefined;
  }
}
