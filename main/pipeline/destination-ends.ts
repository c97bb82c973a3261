/** How far a pop has come at each destination, as data: what that makes of the pop, and where it may still be sent. */
import type { DestinationEnd } from '../../shared/audit.ts';
import type { DeliveryEnd, Intent, Result } from '../../shared/pop-events.ts';
import type { DestinationReply } from '../../shared/trigger.ts';
import type { Outlet } from './ports.ts';
import { isRequired, keepsKeys, type Route } from './route.ts';

/** By the destination's id. */
export type Ends = ReadonlyMap<string, DestinationEnd>;

/** Stands for the id in entries of versions that had one destination and did not name it: it may have been any. */
export const ANY = '';

/**
 * How far what was sent has come. `unused`: so far that its key is free for others; `refused`: it did not arrive;
 * `lost`: it may have arrived, at a destination that keeps no keys.
 */
type Ending = 'unused' | 'refused' | 'perhaps' | 'lost' | 'delivered';

const FARTHER: readonly Ending[] = ['unused', 'refused', 'perhaps', 'lost', 'delivered'];

function endingOf({ status, code, mayHaveArrived }: DestinationEnd): Ending {
  if (status === 'delivered') return 'delivered';
  if (code === 'outcome_unknown') return 'lost';
  if (mayHaveArrived) return 'perhaps';
  return status === 'failed' ? 'refused' : 'unused';
}

/** Whether something was sent there that did not come to nothing. */
export function isUsed(end: DestinationEnd): boolean {
  return endingOf(end) !== 'unused';
}

/** The one that has come farther; of two alike the second, which is the later one. */
export function farther(one: DestinationEnd | undefined, other: DestinationEnd): DestinationEnd {
  return one && FARTHER.indexOf(endingOf(one)) > FARTHER.indexOf(endingOf(other)) ? one : other;
}

/** Nothing has been sent there by this pop; `before` is what others have come to. */
export function unsent(route: Route, outlet: Outlet, before: DestinationEnd | undefined): DestinationEnd {
  const mayHaveArrived = before?.mayHaveArrived ?? false;
  return { ...UNSENT, id: outlet.id, required: isRequired(route, outlet), mayHaveArrived };
}

const UNSENT = { status: null, code: null, windowFocused: null, latencyMs: null } as const;

/** What is known of a delivery whose end nobody has seen. */
export function cutOff(end: DestinationEnd): DestinationEnd {
  return { ...end, status: 'unknown', mayHaveArrived: true };
}

/** What an entry of a pop that was sent says of its destinations. */
export function endsIn(event: DeliveryEnd | Result): readonly DestinationEnd[] {
  return event.destinations ?? [endIn(event)];
}

/** The same of one that tells of one destination. */
export function endIn(event: DeliveryEnd | Result): DestinationEnd {
  const { destination, status, code, windowFocused, latencyMs, attempts } = event;
  const isOpen = status === 'suppressed' || status === 'expired';
  return {
    id: destination ?? ANY,
    required: true,
    status: isOpen ? null : status,
    code,
    windowFocused,
    latencyMs,
    // Version 0.1 did not take down whether it may have arrived.
    mayHaveArrived: status === 'unknown' || (status === 'failed' && (event.mayHaveArrived ?? attempts > 0)),
  };
}

/** What is known of the destinations of a pop that was cut off, from its intent and the deliveries that had ended. */
export function endsOfCut(intent: Intent, deliveries: readonly DeliveryEnd[]): DestinationEnd[] {
  const { destination, destinations } = intent;
  if (!destinations)
    return [cutOff({ ...UNSENT, id: destination ?? ANY, required: true, mayHaveArrived: true })];
  // Of those in turn none is begun behind one that may have shown it.
  let isOver = false;
  return destinations.map((end) => {
    const found = deliveries.find((delivery) => delivery.destination === end.id);
    const known = found ? laterEnd(end, endIn(found)) : end.status !== null || isOver ? end : cutOff(end);
    if (end.required === null && mayBeShown([known])) isOver = true;
    return known;
  });
}

/** How it stands after one more delivery: what may have arrived once is not taken back by another refusal. */
export function laterEnd(before: DestinationEnd, now: DestinationEnd): DestinationEnd {
  const mayHaveArrived = now.status !== 'delivered' && (now.mayHaveArrived || before.mayHaveArrived);
  return { ...now, required: before.required, mayHaveArrived };
}

/** Whether these make a delivered pop: all that are required, or, where none is, one. */
export function isDelivered(ends: readonly Pick<DestinationEnd, 'required' | 'status'>[]): boolean {
  const required = ends.filter((end) => end.required);
  const has = ({ status }: Pick<DestinationEnd, 'status'>) => status === 'delivered';
  return required.length > 0 ? required.every(has) : ends.some(has);
}

/** `true` if one has measured it, else `false` if one has; null: nobody said. */
export function focusOf(ends: readonly Pick<DestinationEnd, 'windowFocused'>[]): boolean | null {
  const said = ends.flatMap(({ windowFocused }) => windowFocused ?? []);
  return said.length === 0 ? null : said.includes(true);
}

/** Whether a page may be there already. */
export function mayBeShown(ends: readonly DestinationEnd[]): boolean {
  return ends.some(({ status, mayHaveArrived }) => status === 'delivered' || mayHaveArrived);
}

export type Next =
  | { readonly kind: 'call'; readonly outlets: readonly Outlet[] }
  | { readonly kind: 'held'; readonly reason: 'dedupe' | 'unknown' };

/**
 * Where a pop may be sent after all that `ends` tell: not where it was delivered; and where it may have arrived, only
 * under the same key, or at the caller's wish to have it repeated.
 */
export function nextOf(route: Route, ends: Ends, repeat: boolean): Next {
  const { outlets, mode } = route;
  if (ends.size === 0) return { kind: 'call', outlets };
  const all = outlets.map((outlet) => {
    const end = endAt(ends, outlet.id);
    const ending = end ? endingOf(end) : 'unused';
    const isDoubtful = ending === 'lost' || ending === 'perhaps';
    const isBlind = ending === 'lost' || (ending === 'perhaps' && !keepsKeys(outlet));
    return { outlet, ending, isDoubtful, isBlind: isBlind && !repeat };
  });
  const sums = all.map(({ outlet, ending }) => ({
    required: isRequired(route, outlet),
    status: ending === 'delivered' ? ending : null,
  }));
  if (isDelivered(sums)) return { kind: 'held', reason: 'dedupe' };
  if (mode === 'first') {
    if (all.some(({ isBlind }) => isBlind)) return { kind: 'held', reason: 'unknown' };
    // What may be shown there must not be shown elsewhere as well.
    const doubtful = all.filter(({ outlet, isDoubtful }) => isDoubtful && keepsKeys(outlet));
    const open = doubtful.length > 0 ? doubtful.slice(0, 1) : all;
    return { kind: 'call', outlets: open.map(({ outlet }) => outlet) };
  }
  const open = all.filter(({ ending, isBlind }) => ending !== 'delivered' && !isBlind);
  if (open.length === 0 && all.length > 0) return { kind: 'held', reason: 'unknown' };
  return { kind: 'call', outlets: open.map(({ outlet }) => outlet) };
}

export function endAt(ends: Ends, id: string): DestinationEnd | undefined {
  const [mine, any] = [ends.get(id), ends.get(ANY)];
  return any ? farther(mine, any) : mine;
}

/** As callers are told: those that were tried. */
export function repliesOf(ends: readonly DestinationEnd[]): DestinationReply[] {
  return ends.flatMap(({ id, status, windowFocused, latencyMs, code }) =>
    status === null ? [] : [{ id, status, windowFocused, latencyMs, ...(code !== null && { code }) }],
  );
}
