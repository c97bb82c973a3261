/** Brings to the disk what the log has written: one fdatasync serves all that wait for it. */
import { closeSync, fdatasync, fdatasyncSync, fsyncSync } from 'node:fs';
import type { AuditEntry } from '../../../shared/audit.ts';
import type { PopError } from '../../pipeline/errors.ts';
import type { Clock } from '../../pipeline/ports.ts';
import type { ChainKey } from '../format/chain.ts';
import type { SyncTiming } from './sync-timing.ts';
import type { Tail } from './tail.ts';
import { unavailable } from './unavailable.ts';

/** What nobody waits for is durable this many milliseconds later. */
const SYNC_WITHIN_MS = 50;

/** An entry that was written, and whoever waits until it is durable. */
export interface Waiter {
  readonly entry: AuditEntry;
  readonly resolve: (entry: AuditEntry) => void;
  readonly reject: (error: PopError) => void;
}

export interface Syncer {
  /** Takes note that this segment has more than the disk. */
  wrote(tail: Tail): void;
  wait(waiter: Waiter): void;
  /** How many wait. */
  waiting(): number;
  isRunning(): boolean;
  /** Who comes while one runs waits for the next. */
  sync(): void;
  /**
   * Lets go of a segment once it is durable. With `fault`, or when that fails, those who wait hear so; returns what
   * failed, else null.
   */
  finish(tail: Tail, fault?: Error): unknown;
  /** Resolves when none runs. */
  stop(): Promise<void>;
}

export interface SyncerOptions {
  readonly clock: Clock;
  readonly timing: SyncTiming;
  /** Hears up to which entry the log is on disk, and with which key. */
  readonly onDurable: (seq: number, key: ChainKey) => void;
  /** Hears that a segment cannot be relied on any longer. */
  readonly onLost: (tail: Tail, error: Error) => void;
  /** Hears that a sync on another thread has ended. */
  readonly onFree: () => void;
}

export function createSyncer({ clock, timing, onDurable, onLost, onFree }: SyncerOptions): Syncer {
  let dirty: Tail | undefined;
  let waiters: Waiter[] = [];
  let running: Promise<void> | undefined;
  let cancelTimer: (() => void) | undefined;

  return {
    wrote(tail) {
      dirty = tail;
      cancelTimer ??= clock.after(SYNC_WITHIN_MS, syncInTime);
    },

    wait(waiter) {
      waiters.push(waiter);
    },

    waiting: () => waiters.length,
    isRunning: () => running !== undefined,
    sync,

    finish(tail, fault) {
      const { fd, seq, key, size } = tail;
      const served = take();
      let failed: unknown = null;
      try {
        // After a failed sync another would succeed without what was lost.
        if (fault) throw fault;
        fsyncSync(fd);
        resolveAll(served);
        if (size > 0) onDurable(seq, key);
      } catch (error) {
        failed = error;
        rejectAll(served, error);
      }
      if (running) void running.then(() => closeSync(fd));
      else closeSync(fd);
      return failed;
    },

    async stop() {
      while (running) await running;
      cancelTimer?.();
    },
  };

  function syncInTime(): void {
    cancelTimer = running && clock.after(SYNC_WITHIN_MS, syncInTime);
    sync();
  }

  function sync(): void {
    if (running || !dirty) return;
    cancelTimer?.();
    cancelTimer = undefined;
    const tail = dirty;
    if (!tail.isInPlace()) {
      onLost(tail, new Error('its file was deleted, replaced or changed by others'));
      return;
    }
    const served = take();
    const isHere = timing.begin(served.length);
    const { fd, seq, key } = tail;
    const began = clock.monotonic();
    const end = (error: Error | null) => {
      timing.end(clock.monotonic() - began);
      if (error) {
        rejectAll(served, error);
        onLost(tail, error);
      } else {
        resolveAll(served);
        onDurable(seq, key);
      }
    };
    if (isHere) {
      end(faultOf(() => fdatasyncSync(fd)));
      return;
    }
    running = new Promise((done) => {
      fdatasync(fd, (error) => {
        running = undefined;
        end(error);
        onFree();
        done();
      });
    });
  }

  /** All that wait for the sync that now begins. */
  function take(): Waiter[] {
    const served = waiters;
    waiters = [];
    dirty = undefined;
    return served;
  }
}

function resolveAll(waiters: readonly Waiter[]): void {
  for (const { entry, resolve } of waiters) resolve(entry);
}

function rejectAll(waiters: readonly Waiter[], cause: unknown): void {
  for (const { reject } of waiters) reject(unavailable(cause));
}

function faultOf(action: () => void): Error | null {
  try {
    action();
    return null;
  } catch (error) {
    return error as Error;
  }
}
