/** When the log is synced, and on which thread: a sync costs as much for one entry as for many. */

/** After a sync that served several, the next waits for company, but no longer than so many turns of the event loop. */
const MOST_TURNS = 4;
/** So many entries are company enough. */
const ENOUGH = 16;
/** When the last sync took less, in milliseconds, handing a lone entry's to another thread takes longer than the sync. */
const QUICK_MS = 1;

export interface SyncTiming {
  /** Whether to sync in this turn of the event loop, with so many entries waiting. */
  isDue(waiting: number): boolean;
  /** A sync that serves so many begins; whether to wait for it on this thread. */
  begin(served: number): boolean;
  /** It took so many milliseconds. */
  end(tookMs: number): void;
}

export function createSyncTiming(): SyncTiming {
  let turns = 0;
  let seen = 0;
  let isLonely = true;
  let lastMs = Number.POSITIVE_INFINITY;

  return {
    isDue(waiting) {
      turns += 1;
      // A turn that brought nothing more is likely to be followed by others.
      const isDue = isLonely || waiting === seen || turns === MOST_TURNS || waiting >= ENOUGH;
      seen = waiting;
      return isDue;
    },
    begin(served) {
      turns = 0;
      seen = 0;
      isLonely = served <= 1;
      return isLonely && lastMs < QUICK_MS;
    },
    end(tookMs) {
      lastMs = tookMs;
    },
  };
}
