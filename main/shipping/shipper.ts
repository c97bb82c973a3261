/** Takes the log to one receiver: in order, at least once, and never in the way of a pop. */
import { scheduler } from 'node:timers/promises';
import type { AuditEntry } from '../../shared/audit.ts';
import { delay } from '../../shared/delay.ts';
import type { Clock } from '../pipeline/ports.ts';
import { type Progress, stampOf } from './progress.ts';
import { ShippingFailure } from './shipping-failure.ts';

/** Lines read at once; pops get their turn in between. */
const STEP = 100;
/** After a fault of our own disk, in milliseconds. */
const REST_MS = 5000;
/** A delivery under way gets this long to end when the shipper stops, in milliseconds. */
const STOP_GRACE_MS = 2000;

/** Whose log it is, for receivers that get many. */
export interface Origin {
  readonly hostname: string;
  /** Which log of this machine: an id made at random when it was first shipped. */
  readonly instance: string;
  /** Of poptray. */
  readonly version: string;
}

/** The way to one receiver. */
export interface Exporter {
  /** From one delivery to the next, in milliseconds. */
  readonly everyMs: number;
  /** At most about this many entries go in one delivery. */
  readonly most: number;
  /** Whether it also delivers when there is nothing new. */
  readonly isPeriodic?: boolean;
  load(entries: readonly AuditEntry[]): void;
  /** Resolves when the receiver has all that was loaded; rejects with ShippingFailure, and then still holds it. */
  deliver(stopping: AbortSignal): Promise<void>;
}

/** The log from some entry on. */
interface Follower {
  next(lines: number): { readonly entries: readonly AuditEntry[]; readonly isEnd: boolean };
  /** Makes durable what `next` has given. */
  settle(): Promise<void>;
}

export interface ShipperDeps {
  readonly clock: Clock;
  readonly progress: Progress;
  readonly follow: (after: number) => Follower;
  /** Milliseconds to wait after the first, second, … failure in a row. */
  readonly backoffMs: (failures: number) => number;
  /** Hears why a receiver does not take the log, and null when it does again, once `progress` knows it. */
  readonly report: (shipper: string, failure: ShippingFailure | null) => void;
  /** Tells people what else there is. */
  readonly tell: (event: string, fields: Readonly<Record<string, string | number>>) => void;
}

export interface Shipper {
  /** There are new entries. */
  wake(): void;
  /** Begins nothing more, and resolves when nothing is under way. */
  stop(): Promise<void>;
}

export function startShipper(shipper: string, exporter: Exporter, deps: ShipperDeps): Shipper {
  const { clock, progress, follow, backoffMs, report, tell } = deps;
  const halted = new AbortController();
  const stopping = new AbortController();
  let follower: Follower | undefined;
  /** The last entry that was loaded but not taken yet. */
  let last: AuditEntry | undefined;
  let hasNews = true;
  let hearNews: (() => void) | undefined;
  const running = run();

  return {
    wake() {
      hasNews = true;
      hearNews?.();
    },
    async stop() {
      halted.abort();
      hearNews?.();
      const cancel = clock.after(STOP_GRACE_MS, () => stopping.abort());
      await running;
      cancel();
    },
  };

  async function run(): Promise<void> {
    await delay(clock, exporter.everyMs, halted.signal);
    while (!halted.signal.aborted) {
      try {
        // So that the log's name is kept before anyone hears of it.
        if (!follower) await progress.note(shipper, progress.placeOf(shipper));
        hasNews = false;
        // What is loaded already, because of a fault of ours, goes first.
        const isEnd = last ? false : await load();
        if (last) await follower?.settle();
        if (last || exporter.isPeriodic) await deliver();
        if (!isEnd) continue;
        if (!exporter.isPeriodic) await news();
        await delay(clock, exporter.everyMs, halted.signal);
      } catch (error) {
        tell('shipping cannot read or write here', { shipper, code: codeOf(error) });
        await delay(clock, REST_MS, halted.signal);
      }
    }
  }

  /** Loads one delivery; whether the log ends with it. */
  async function load(): Promise<boolean> {
    let isEnd = false;
    for (let count = 0; count < exporter.most && !isEnd && !halted.signal.aborted; ) {
      await scheduler.yield();
      follower ??= await findPlace();
      const step = follower.next(STEP);
      take(step.entries);
      count += step.entries.length;
      isEnd = step.isEnd;
    }
    return isEnd;
  }

  function take(entries: readonly AuditEntry[]): void {
    let before = last?.seq ?? progress.placeOf(shipper).seq;
    for (const { seq } of entries) {
      // What a new receiver has never been promised is not missed.
      if (before > 0 && seq !== before + 1) {
        tell('entries were gone before they were shipped', { shipper, from: before + 1, to: seq - 1 });
      }
      before = seq;
    }
    exporter.load(entries);
    last = entries.at(-1) ?? last;
  }

  /** Where the last run stopped; the beginning, if another log stands here now. */
  async function findPlace(): Promise<Follower> {
    const { seq, stamp } = progress.placeOf(shipper);
    if (seq === 0) return follow(0);
    const found = follow(seq - 1);
    for (;;) {
      const { entries, isEnd } = found.next(STEP);
      const [standing, ...others] = entries;
      if (standing && standing.seq > seq) take(entries);
      else if (standing && stampOf(standing) === stamp) take(others);
      else if (!standing && !isEnd) {
        await scheduler.yield();
        continue;
      } else {
        tell('the log is another than before and is shipped from its beginning', { shipper });
        await progress.note(shipper, { seq: 0, stamp: '', failure: null, at: null });
        return follow(0);
      }
      return found;
    }
  }

  async function deliver(): Promise<void> {
    const upTo = last;
    for (let failures = 0; !halted.signal.aborted; ) {
      const { seq, stamp, failure, at } = progress.placeOf(shipper);
      const now = new Date(clock.now()).toISOString();
      try {
        await exporter.deliver(stopping.signal);
        last = undefined;
        if (!upTo && failure === null) return;
        const place = upTo ? { seq: upTo.seq, stamp: stampOf(upTo) } : { seq, stamp };
        const noted = progress.note(shipper, { ...place, failure: null, at: now });
        report(shipper, null);
        return await noted;
      } catch (error) {
        if (!(error instanceof ShippingFailure)) throw error;
        if (stopping.signal.aborted) return;
        failures += 1;
        if (failure !== error.code) {
          const since = failure === null ? now : at;
          const noted = progress.note(shipper, { seq, stamp, failure: error.code, at: since });
          report(shipper, error);
          await noted;
        } else report(shipper, error);
        await delay(clock, backoffMs(failures), halted.signal);
      }
    }
  }

  function news(): Promise<void> | undefined {
    if (hasNews || halted.signal.aborted) return undefined;
    return new Promise((resolve) => {
      hearNews = resolve;
    });
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error as Error).name;
}
