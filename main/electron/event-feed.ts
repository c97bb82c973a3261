/** Tells the page what happens, in bundles: a burst of pops is a few messages. */
import type { ApiEvent } from '../../shared/api.ts';
import type { Dashboard } from '../api/api.ts';
import type { Clock } from '../pipeline/ports.ts';

/** Short enough to look like at once, in milliseconds. */
const BUNDLE_MS = 40;
/** A page that is further behind asks again anyway. */
const BUNDLE_MAX = 1000;

/** Returns its end. */
export function feedEvents(
  dashboard: Pick<Dashboard, 'subscribe'>,
  clock: Pick<Clock, 'after'>,
  send: (events: readonly ApiEvent[]) => void,
): () => void {
  let bundle: ApiEvent[] = [];
  let cancel: (() => void) | undefined;
  const flush = () => {
    cancel = undefined;
    const events = bundle.slice(-BUNDLE_MAX);
    bundle = [];
    send(events);
  };
  const unsubscribe = dashboard.subscribe((event) => {
    bundle.push(event);
    cancel ??= clock.after(BUNDLE_MS, flush);
  });
  return () => {
    unsubscribe();
    cancel?.();
  };
}
