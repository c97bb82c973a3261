/**
 * Reads the log into the read models, in steps short enough to let pops pass. When all has to be read, the last day
 * goes first: what it says of keys and intents is what a trigger waits for.
 */
import type { AuditEntry, Logged, Place } from '../../shared/audit.ts';

/** Written in one transaction, in some milliseconds. */
const STEP_ENTRIES = 100;

/** The log as it is when the store is opened. */
export interface LogToRead {
  /** The number of its last entry; 0 when there is none. */
  readonly lastSeq: number;
  /** The entries of these numbers. Throws what the file system throws. */
  entries(from: number, to: number): Iterable<Logged>;
  /** The entries that stand there, in the order of the places; without those that have gone. Throws what the file system throws. */
  at(places: readonly Place[]): AuditEntry[];
  /** From this number on stands all of the last 24 hours. Throws what the file system throws. */
  recentFrom(): number;
}

/** Which models entries are written into. The outbox goes by the order in which messages ended, the others do not. */
export interface Parts {
  readonly history: boolean;
  readonly outbox: boolean;
}

export const ALL_PARTS: Parts = { history: true, outbox: true };

export interface CatchUpStep {
  readonly read: number;
  /** How many there are to read in all. */
  readonly of: number;
  /** Whether the history and the intents of the last 24 hours are there. */
  readonly knowsRecent: boolean;
  /** Whether nothing could be written just now. */
  readonly isStuck: boolean;
}

type Write = (batch: readonly Logged[], parts: Parts) => boolean;

/** From the entry behind `applied`, or else from scratch. `write` says whether it could; it is then asked again. */
export function* catchUpSteps(log: LogToRead, applied: number, write: Write): Generator<CatchUpStep, void> {
  const passes = applied > 0 ? [{ from: applied + 1, to: log.lastSeq, parts: ALL_PARTS }] : fromScratch(log);
  const of = passes.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  let read = 0;
  for (const [index, { from, to, parts }] of passes.entries()) {
    for (const batch of batches(log.entries(from, to))) {
      const step = { of, knowsRecent: index > 0 };
      while (!write(batch, parts)) yield { ...step, read, isStuck: true };
      read += batch.length;
      yield { ...step, read, isStuck: false };
    }
  }
}

function fromScratch({ lastSeq, recentFrom }: LogToRead) {
  const recent = recentFrom();
  if (recent <= 1) return [{ from: 1, to: lastSeq, parts: ALL_PARTS }];
  return [
    { from: recent, to: lastSeq, parts: { history: true, outbox: false } },
    { from: 1, to: recent - 1, parts: ALL_PARTS },
    { from: recent, to: lastSeq, parts: { history: false, outbox: true } },
  ];
}

function* batches(entries: Iterable<Logged>): Generator<Logged[]> {
  let batch: Logged[] = [];
  for (const entry of entries) {
    batch.push(entry);
    if (batch.length < STEP_ENTRIES) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
