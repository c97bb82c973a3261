/** The append-only log: one writer, group commit, and no half entries. */
import type { AuditEntry } from '../../../shared/audit.ts';
import { entryOf } from '../../../shared/log-events.ts';
import type { NewAuditEntry } from '../../../shared/new-entry.ts';
import type { PopError } from '../../pipeline/errors.ts';
import type { AuditLog, Clock } from '../../pipeline/ports.ts';
import { type ChainKey, GENESIS, nextKey, openingBehind } from '../format/chain.ts';
import type { LogLock } from '../format/lock.ts';
import { chainEntries } from './chain-entries.ts';
import { type KnownHead, openTail } from './open-tail.ts';
import { createSyncTiming } from './sync-timing.ts';
import { createSyncer } from './syncer.ts';
import { beginSegment, dayOf, type Head, type Tail } from './tail.ts';
import { createFaultTeller, unavailable } from './unavailable.ts';

const SEGMENT_MAX_BYTES = 64 * 1024 * 1024;

interface Pending {
  readonly entry: NewAuditEntry;
  readonly until: 'written' | 'durable';
  readonly resolve: (entry: AuditEntry) => void;
  readonly reject: (error: PopError) => void;
}

export interface AuditLogFile extends AuditLog {
  /** Opens the log now, so that a fault shows at the start; throws PopError `audit_unavailable`. */
  open(): void;
  /** Looks whether the lock is still this process's; tells the fault where it is not. */
  look(): void;
  /** Makes durable before it returns all that was appended; throws nothing. The lock is kept. */
  syncNow(): void;
  /** Makes everything durable and lets go of the lock. */
  close(): Promise<void>;
}

export interface AuditLogOptions {
  readonly dir: string;
  /** The live key: of the last segment, or of one before it. */
  readonly key: ChainKey;
  /** How far the log once was, by its checkpoint. */
  readonly head?: Head;
  readonly clock: Clock;
  /** What lockLog has given; let go of once the log is closed. */
  readonly lock: Pick<LogLock, 'demand'> & { release(): Promise<void> | void };
  /** Gets every entry, in order, as soon as it is written, with the byte at which its line begins in its segment. */
  readonly onEntry: (entry: AuditEntry, place: number) => void;
  /** Hears up to which entry the log is on disk, and with which key. */
  readonly onDurable?: (seq: number, key: ChainKey) => void;
  /** Hears that entries are missing which the log once had. */
  readonly onLoss?: (reason: string) => void;
  /** Hears why the log cannot be written, and null once it can be again. */
  readonly onFault?: (fault: PopError | null) => void;
}

/** For the holder of the log's lock. After a fault the log is opened anew at the next append. */
export function createAuditLog(options: AuditLogOptions): AuditLogFile {
  const { dir, clock, onEntry, onDurable = () => {}, onLoss = () => {}, lock } = options;
  let live = options.key;
  let known: KnownHead = options.head ?? { seq: 0, mac: GENESIS };
  let tail: Tail | undefined;
  let queue: Pending[] = [];
  let isTurning = false;
  /** Whether an entry in the queue is for a caller that waits for the write alone. */
  let isHurried = false;
  /** What was mended and the log does not say yet. */
  let mended: string | null = null;
  const tellFault = createFaultTeller(options.onFault ?? (() => {}));
  const timing = createSyncTiming();
  const syncer = createSyncer({
    clock,
    timing,
    onDurable: reached,
    onLost(lost, error) {
      // What the disk lost cannot be synced again: the log is opened and checked anew.
      if (lost === tail) retire(error);
    },
    onFree() {
      if (queue.length + syncer.waiting() > 0) turnSoon();
    },
  });

  return {
    append(entry, until) {
      return new Promise((resolve, reject) => {
        queue.push({ entry, until, resolve, reject });
        if (until === 'written') isHurried = true;
        turnSoon();
      });
    },

    open() {
      try {
        openedTail();
      } catch (error) {
        throw letGo(error);
      }
    },

    look() {
      try {
        lock.demand();
      } catch (error) {
        letGo(error);
      }
    },

    syncNow() {
      flush();
      retire();
    },

    async close() {
      flush();
      syncer.sync();
      await syncer.stop();
      retire();
      await lock.release();
    },
  };

  function openedTail(): Tail {
    // With each write: the log of two writers would have two entries of each number.
    lock.demand();
    if (tail) return tail;
    const opened = openTail(dir, live, known, today());
    tail = opened.tail;
    mended = opened.mended ?? mended;
    if (opened.hasLost && mended !== null) onLoss(mended);
    if (tail.seq > known.seq) reached(tail.seq, tail.key);
    if (tail.size === 0) write(tail, [openingBehind(tail)]);
    if (mended !== null) write(tail, [entryOf({ kind: 'recovered', mended })]);
    mended = null;
    tellFault(null);
    return tail;
  }

  function rotated(current: Tail): Tail {
    const day = today();
    if (current.size < SEGMENT_MAX_BYTES && current.day === day) return current;
    const { key, seq, mac } = current;
    const next = beginSegment(dir, { key: nextKey(key), seq, mac, day });
    retire();
    tail = next;
    write(next, [openingBehind(next)]);
    return next;
  }

  /** After the poll phase, so that all that arrived with this turn of the loop shares one write. */
  function turnSoon(): void {
    if (isTurning) return;
    isTurning = true;
    setImmediate(turn);
  }

  function turn(): void {
    isTurning = false;
    if (isHurried) flush();
    // What waits for the disk is written when the disk is free for it.
    const company = queue.length + syncer.waiting();
    if (syncer.isRunning() || company === 0) return;
    if (timing.isDue(company)) {
      flush();
      syncer.sync();
    } else turnSoon();
  }

  function flush(): void {
    const batch = queue;
    queue = [];
    isHurried = false;
    if (batch.length === 0) return;
    const news = batch.map(({ entry }) => entry);
    let entries: readonly AuditEntry[];
    try {
      entries = write(rotated(openedTail()), news);
    } catch (error) {
      const fault = letGo(error);
      for (const { reject } of batch) reject(fault);
      return;
    }
    for (const [index, { until, resolve, reject }] of batch.entries()) {
      const entry = entries[index] as AuditEntry;
      if (until === 'written') resolve(entry);
      else syncer.wait({ entry, resolve, reject });
    }
  }

  function write(to: Tail, news: readonly NewAuditEntry[]): readonly AuditEntry[] {
    const { entries, places, text, seq, mac } = chainEntries(news, clock, to);
    to.append(text, seq, mac);
    syncer.wrote(to);
    for (const [index, entry] of entries.entries()) onEntry(entry, places[index] as number);
    return entries;
  }

  /** A segment that could not be begun or written is opened anew: what it lacks is seen there. */
  function letGo(error: unknown): PopError {
    retire();
    const fault = unavailable(error);
    tellFault(fault);
    return fault;
  }

  /** Lets go of the segment, once what was written to it is durable. */
  function retire(fault?: Error): void {
    if (!tail) return;
    const last = tail;
    tail = undefined;
    known = { seq: last.seq, mac: last.mac, isOwn: true };
    const failed = syncer.finish(last, fault);
    if (failed !== null) tellFault(unavailable(failed));
  }

  /** From here on the keys before this one are needed no more, also not in memory. */
  function reached(seq: number, key: ChainKey): void {
    if (key.segment < live.segment) return;
    live = key;
    onDurable(seq, key);
  }

  function today(): Tail['day'] {
    return dayOf(clock.now());
  }
}
