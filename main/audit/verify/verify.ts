/** Checks a whole log: numbering, chain, and that it is what its checkpoint has signed. */

import type { Evidence } from '../checkpoints/evidence.ts';
import { remainderOf } from '../checkpoints/removal-record.ts';
import { type ChainKey, GENESIS, isSameMac, keyOf, link, parseLine } from '../format/chain.ts';
import { openingIn, seqIn } from '../format/entry.ts';
import { isHole, isOfPowerCut } from '../format/hole.ts';
import {
  firstSeqOf,
  growingLines,
  isFinished,
  LINE_MAX_BYTES,
  type LogLine,
  readLines,
} from '../format/segments.ts';
import { createCheckpointCheck } from './checkpoint-check.ts';

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
  /**
   * `whole`: each entry is under a checked MAC or a checkpoint. `not-all-vouched-for`: what could be checked is right, but
   * from `fault` on there are entries that nothing vouches for. `no-key`: the log was written with keys that are not here,
   * so nothing can be said.
   */
  readonly verdict: 'whole' | 'tampered' | 'torn' | 'no-key' | 'not-all-vouched-for';
  /** Good entries before the fault, if there is one. */
  readonly entries: number;
  readonly segments: number;
  /** How many of them were checked by their MAC. */
  readonly macs: number;
  /** How many of them a checkpoint vouches for. */
  readonly vouched: number;
  /** How many retention has removed before them. */
  readonly removed: number;
  readonly fault?: Fault;
}

/** Of a log without its keys. */
export const UNJUDGED: Verdict = {
  verdict: 'no-key',
  entries: 0,
  segments: 0,
  macs: 0,
  vouched: 0,
  removed: 0,
};

/** A caller that must stay responsive gets to run after this many entries. */
const STEP = 500;

export interface VerifyStep {
  /** Good entries so far. */
  readonly entries: number;
  /** The end of the log, which is read again if next() is given true, and is else torn. */
  readonly unfinished?: LogLine;
}

/**
 * Reads the log once, in constant memory. `torn`: the last line was never finished, or a power cut has left a hole, which the
 * next start mends. Segments before the one of the evidence's key are held against the checkpoints alone.
 * Throws what the file system throws.
 */
export function* verifySteps(
  dir: string,
  evidence: Evidence,
): Generator<VerifyStep, Verdict, boolean | undefined> {
  const { verifier, checkpoints, reached = 0 } = evidence;
  const { removal, segments } = remainderOf(dir, verifier);
  const checkpointCheck = createCheckpointCheck(dir, checkpoints, removal?.tree);
  const { signed } = checkpointCheck;
  const removed = removal?.count ?? 0;
  let mac = removal?.mac ?? GENESIS;
  let seq = removed;
  let macs = 0;
  /** From here it is one step to the next segment's key, where from the root it would be ever more. */
  let nearest = evidence.key;
  let opened = removal ? undefined : -1;
  let foreign: Verdict | undefined;
  /** The first entry that neither a MAC nor a checkpoint vouches for. */
  let bare: number | undefined;
  let torn: string | undefined;

  const found = (verdict: Verdict['verdict'], reason?: string, at = seq + 1): Verdict => ({
    verdict,
    entries: at - 1 - removed,
    segments: segments.length,
    macs: Math.min(macs, at - 1 - removed),
    vouched: Math.max(0, Math.min(signed, at - 1) - removed),
    removed,
    ...(reason !== undefined && { fault: { ...placeOf(at, segments), seq: at, reason } }),
  });
  /** The checkpoints may know of an entry before this one that was changed. */
  const tampered = (reason: string, segment = segments.at(-1) ?? '', at = seq + 1): Verdict => {
    const suspect = checkpointCheck.suspect(segments.slice(segments.indexOf(segment) + 1));
    if (suspect === undefined || (at === seq + 1 && suspect >= at)) return found('tampered', reason, at);
    return found('tampered', 'it is not the entry that was signed', suspect);
  };
  const unlike = (segment?: string): Verdict => {
    const from = Math.max(removed, checkpointCheck.sure()) + 1;
    return tampered(`one of the entries from ${from} on is not what was signed`, segment, from);
  };

  if (!checkpointCheck.fits(mac)) return unlike(segments[0]);
  for (const segment of segments) {
    checkpointCheck.beginSegment(segment);
    let key: ChainKey | undefined;
    for (const line of growingLines(dir, segment)) {
      if (segment === segments.at(-1) && seq >= signed && isHole(line) && isOfPowerCut(line, dir)) {
        torn = `a part of it is missing, as after a power cut: nothing counts from byte ${line.offset} on`;
        break;
      }
      if (!isFinished(line)) {
        if (line.bytes.length > LINE_MAX_BYTES) return tampered('it is not a line of an audit log', segment);
        if (segment !== segments.at(-1)) return tampered('the line is not finished', segment);
        if (seq < signed) return tampered('the line was cut', segment);
        if (yield { entries: seq - removed, unfinished: line }) continue;
        torn = `the line was never finished, from byte ${line.offset} on`;
        break;
      }
      const parsed = parseLine(line.bytes);
      if (!parsed) return tampered('it is not a line of an audit log', segment);
      if (line.offset === 0) {
        const opening = openingIn(parsed.json);
        if (
          !opening ||
          opening.count !== seq ||
          !isSameMac(opening.mac, mac) ||
          opening.segment !== (opened ?? opening.segment - 1) + 1
        )
          return tampered(reasonFor(parsed.json, seq + 1, 'it does not continue what is before it'), segment);
        if (firstSeqOf(segment) !== seq + 1) return tampered('its file bears the number of another', segment);
        opened = opening.segment;
        key = nearest && keyOf(opened, nearest);
        // Where no key of ours fits at all, the checkpoints still tell whether the lines are what was signed.
        if (key && macs === 0 && isForeign(dir, segment, mac, key)) {
          foreign = found('no-key', 'it was written with a key that is not here');
          key = undefined;
        }
        nearest = foreign ? undefined : (key ?? nearest);
      } else if (parsed.json.includes(OPENS))
        return tampered('it opens a segment, and stands within another', segment);
      if (key ? !isSameMac(parsed.mac, link(mac, parsed.json, key)) : seqIn(parsed.json) !== seq + 1)
        return tampered(reasonFor(parsed.json, seq + 1, 'it was changed or moved'), segment);
      if (!checkpointCheck.sees(line.bytes, parsed.mac)) return unlike(segment);
      mac = parsed.mac;
      seq += 1;
      if (key) macs += 1;
      else if (seq > signed) bare ??= seq;
      if ((seq - removed) % STEP === 0) yield { entries: seq - removed };
    }
  }
  if (checkpoints.length === 0) return found('tampered', 'no checkpoint vouches for the log');
  if (signed > seq) return tampered(`the entries up to ${signed} are missing from the end`);
  if (foreign) return foreign;
  if (reached > Math.max(0, opened ?? 0))
    return found('tampered', `the log ends before segment ${reached}, whose key is here`);
  if (evidence.beside < 0) return found('tampered', 'the checkpoint that was kept beside the log is gone');
  // Retention removes nothing before a checkpoint there counts the first entry that stays.
  if (removal && evidence.beside <= removed)
    return found('tampered', 'the checkpoint beside the log is older than what retention has removed');
  if (bare !== undefined)
    return found('not-all-vouched-for', 'from here on there is neither a key nor a checkpoint', bare);
  return torn === undefined ? found('whole') : found('torn', torn);
}

function placeOf(seq: number, segments: readonly string[]): Pick<Fault, 'segment' | 'line'> {
  const segment = segments.findLast((name) => firstSeqOf(name) <= seq);
  return segment === undefined ? { segment: '', line: 0 } : { segment, line: seq - firstSeqOf(segment) + 1 };
}

/** Whether a segment is another key's: it says so, and its first lines are not this one's. */
function isForeign(dir: string, segment: string, before: Buffer, key: ChainKey): boolean {
  let mac = before;
  let count = 0;
  for (const line of readLines(dir, segment)) {
    const parsed = parseLine(line.bytes);
    if (!parsed || parsed.json.includes(`"keyId":"${key.id}"`)) return false;
    if (isSameMac(parsed.mac, link(mac, parsed.json, key))) return false;
    mac = parsed.mac;
    count += 1;
    if (count === 2) break;
  }
  return true;
}

function reasonFor(json: Buffer, expected: number, otherwise: string): string {
  const seq = seqIn(json);
  if (seq === undefined || seq === expected) return otherwise;
  return `entry ${expected} is missing: entry ${seq} stands here`;
}

/** Quotes within a text are written otherwise. */
const OPENS = Buffer.from(',"type":"opened",');
