/** Long work on the log that lets pops pass. */
import { scheduler } from 'node:timers/promises';

/** Pops pass after this many items. */
const SLICE = 500;

export async function* gently<T>(items: Iterable<T>): AsyncGenerator<T> {
  let count = 0;
  for (const item of items) {
    yield item;
    count += 1;
    if (count % SLICE === 0) await scheduler.yield();
  }
}
