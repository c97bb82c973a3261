/** The append-only log: one writer, group commit, and no half entries. */
import { closeSync, fdatasync, fdatasyncSync, fsyncSync } from 'node:fs';
import type { AuditEntry, NewAuditEntry } from '../../shared/audit.ts';
import { newEntry } from '../../shared/audit.ts';
import { PopError } from '../pipeline/errors.ts';
import type { AuditLog, Clock } from '../pipeline/ports.ts';
import {
  type ChainKey,
  canonicalEntry,
  formatLine,
  formatOpening,
  GENESIS,
  lineLength,
  link,
} from './chain.ts';
import { createSyncTiming } from './sync-timing.ts';
import { type Head, type KnownHead, nextTail, openTail, type Tail } from './tail.ts';

const SEGMENT_MAX_BYTES = 64 * 1024 * 1024;
/** A `written` entry is durable this many milliseconds later. */
const SYNC_WITHIN_MS = 50;

interface Pending {
  readonly entry: NewAuditEntry;
  readonly until: 'written' | 'durable';
  readonly resolve: (entry: AuditEntry) => void;
  readonly reject: (error: PopError) => void;
}

export interface AuditLogFile extends AuditLog {
  /** Opens the log now, so that a fault shows at the start; throws PopError `audit_unavailable`. */
  open(): void;
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
  /** Lets go of the lock that lockLog has given, once the log is closed. */
  readonly unlock: () => Promise<void> | void;
  /** Gets every entry, in order, as soon as it is written, with the byte at which its line begins in its segment. */
  readonly onEntry: (entry: AuditEntry, place: number) => void;
  /** Hears up to which entry the log is on disk, and with which key. */
  readonly onDurable?: (seq: number, key: ChainKey) => void;
  /** Hears why the log cannot be written, and null once it can be again. */
  readonly onFault?: (fault: PopError | null) => void;
}

/** For the holder of the log's lock. After a fault the log is opened anew at the next append. */
export function createAuditLog(options: AuditLogOptions): AuditLogFile {
  const { dir, clock, onEntry, onDurable = () => {}, onFault = () => {}, unlock } = options;
  let live = options.key;
  let known: KnownHead = options.head ?? { seq: 0, mac: GENESIS };
  let tail: Tail | undefined;
  let queue: Pending[] = [];
  let waiting: (() => void)[] = [];
  let refused: ((error: PopError) => void)[] = [];
  let isTurning = false;
  /** Whether an entry in the queue is for a caller that waits for the write alone. */
  let isHurried = false;
  const timing = createSyncTiming();
  let isDirty = false;
  let faultText: string | null = null;
  let syncing: Promise<void> | undefined;
  let cancelSync: (() => void) | undefined;

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
        throw tellFault(error);
      }
    },

    async close() {
      flush();
      sync();
      while (syncing) await syncing;
      cancelSync?.();
      retire();
      await unlock();
    },
  };

  function openedTail(): Tail {
    if (tail) return tail;
    const { tail: opened, mended } = openTail(dir, live, known, today());
    tail = opened;
    if (opened.size === 0) begin(opened);
    if (mended !== null) note(opened, 'recovered', mended);
    tellFault(null);
    return opened;
  }

  /** A segment begins with what it continues. */
  function begin(to: Tail): void {
    note(to, 'opened', formatOpening({ segment: to.key.segment, count: to.seq, mac: to.mac }));
  }

  function note(to: Tail, type: NewAuditEntry['type'], detail: string): void {
    write(to, [newEntry(type, { detail })]);
  }

  function rotated(current: Tail): Tail {
    const day = today();
    if (current.size < SEGMENT_MAX_BYTES && current.day === day) return current;
    const next = nextTail(dir, current, day);
    retire();
    tail = next;
    begin(next);
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
    const company = queue.length + waiting.length;
    if (syncing || company === 0) return;
    if (timing.isDue(company)) {
      flush();
      sync();
    } else turnSoon();
  }

  function flush(): void {
    const batch = queue;
    queue = [];
    isHurried = false;
    if (batch.length === 0) return;
    let entries: AuditEntry[];
    try {
      entries = write(
        rotated(openedTail()),
        batch.map(({ entry }) => entry),
      );
    } catch (error) {
      retire();
      const fault = tellFault(error);
      for (const { reject } of batch) reject(fault);
      return;
    }
    for (const [index, { until, resolve, reject }] of batch.entries()) {
      const entry = entries[index] as AuditEntry;
      if (until === 'written') resolve(entry);
      else {
        waiting.push(() => resolve(entry));
        refused.push(reject);
      }
    }
  }

  function write(to: Tail, news: readonly NewAuditEntry[]): AuditEntry[] {
    const stamp = {
      timestamp: new Date(clock.now()).toISOString(),
      boot: clock.boot,
      uptimeMs: clock.uptime(),
      keyId: to.key.id,
    };
    const { key } = to;
    let { seq, mac } = to;
    let text = '';
    let place = to.size;
    const places: number[] = [];
    const entries = news.map((entry) => {
      seq += 1;
      const stamped = { ...entry, ...stamp, seq };
      const json = canonicalEntry(stamped);
      mac = link(mac, json, key);
      text += formatLine(json, mac);
      places.push(place);
      place += lineLength(json);
      return stamped;
    });
    to.append(text, seq, mac);
    isDirty = true;
    cancelSync ??= clock.after(SYNC_WITHIN_MS, syncOverdue);
    for (const [index, entry] of entries.entries()) onEntry(entry, places[index] as number);
    return entries;
  }

  /** Once the one that runs has ended, if one does. */
  function syncOverdue(): void {
    cancelSync = undefined;
    sync();
  }

  /** One fdatasync serves all that wait for it; who comes while it runs waits for the next. */
  function sync(): void {
    if (syncing || !isDirty || !tail) return;
    cancelSync?.();
    cancelSync = undefined;
    if (!tail.isInPlace()) {
      retire(new Error('its file was deleted, replaced or changed by others'));
      return;
    }
    const [served, failed] = [waiting, refused];
    [waiting, refused, isDirty] = [[], [], false];
    const isHere = timing.begin(served.length);
    const { fd, seq, key } = tail;
    const began = clock.monotonic();
    const end = (error: Error | null) => {
      timing.end(clock.monotonic() - began);
      if (error) {
        // What the disk lost cannot be synced again: the log is opened and checked anew.
        for (const reject of failed) reject(unavailable(error));
        if (tail?.fd === fd) retire(error);
      } else {
        for (const resolve of served) resolve();
        reached(seq, key);
      }
    };
    if (isHere) {
      end(faultOf(() => fdatasyncSync(fd)));
      return;
    }
    syncing = new Promise((done) => {
      fdatasync(fd, (error) => {
        syncing = undefined;
        end(error);
        if (queue.length + waiting.length > 0) turnSoon();
        else if (!cancelSync) sync();
        done();
      });
    });
  }

  /** Lets go of the segment, once what was written to it is durable; not under a running sync. */
  function retire(fault?: Error): void {
    if (!tail) return;
    const { fd, seq, mac, key, size } = tail;
    tail = undefined;
    known = { seq, mac, isOwn: true };
    const [served, failed] = [waiting, refused];
    [waiting, refused, isDirty] = [[], [], false];
    try {
      // After a failed sync another would succeed without what was lost.
      if (fault) throw fault;
      fsyncSync(fd);
      for (const resolve of served) resolve();
      if (size > 0) reached(seq, key);
    } catch (error) {
      const fault = tellFault(error);
      for (const reject of failed) reject(fault);
    }
    if (syncing) void syncing.then(() => closeSync(fd));
    else closeSync(fd);
  }

  /** From here on the keys before this one are needed no more, also not in memory. */
  function reached(seq: number, key: ChainKey): void {
    if (key.segment < live.segment) return;
    live = key;
    onDurable(seq, key);
  }

  function tellFault(cause: null): null;
  function tellFault(cause: unknown): PopError;
  function tellFault(cause: unknown): PopError | null {
    const fault = cause === null ? null : unavailable(cause);
    if ((fault?.message ?? null) !== faultText) onFault(fault);
    faultText = fault?.message ?? null;
    return fault;
  }

  function today(): string {
    return new Date(clock.now()).toISOString().slice(0, 10);
  }
}

function faultOf(action: () => void): Error | null {
  try {
    action();
    return null;
  } catch (error) {
    return error as Error;
  }
}

function unavailable(cause: unknown): PopError {
  if (cause instanceof PopError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  return new PopError('audit_unavailable', `the audit log cannot be written: ${code ?? message}`, { cause });
}
