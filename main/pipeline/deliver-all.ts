/** One pop at all of its destinations: side by side, or one after the other; and what that makes of the pop. */
import type { DestinationEnd } from '../../shared/audit.ts';
import { type Delivery, isDropped } from './delivery.ts';
import { focusOf, isDelivered, laterEnd, mayBeShown } from './destination-ends.ts';
import { PopError } from './errors.ts';
import type { Outlet } from './ports.ts';
import type { Route } from './route.ts';

/** How a pop ended at one destination. */
export interface Ended {
  readonly outlet: Outlet;
  readonly delivery: Delivery;
  /** From the receipt of the trigger to then, in milliseconds. */
  readonly latencyMs: number;
  /** Whether the log has it: nothing goes on behind what a crash could make forgotten. */
  readonly isRecorded: boolean;
}

/** A delivery of the pop as a whole. */
export interface WholeDelivery extends Delivery {
  readonly latencyMs: number;
}

/** `deliver` gets the time until which it may try, on the clock of `now` and `deadlineAt`. */
export async function deliverAll<Part>(
  parts: readonly Part[],
  { mode }: Pick<Route, 'mode'>,
  { now, deadlineAt }: { readonly now: () => number; readonly deadlineAt: number },
  deliver: (part: Part, deadlineAt: number, isLast: boolean) => Promise<Ended>,
): Promise<Ended[]> {
  if (mode === 'all') {
    const all = await Promise.allSettled(parts.map((part) => deliver(part, deadlineAt, true)));
    // A fault of ours is told when nothing is under way any more.
    return all.map((one) => {
      if (one.status === 'rejected') throw one.reason;
      return one.value;
    });
  }
  const ended: Ended[] = [];
  for (const [index, part] of parts.entries()) {
    const left = parts.length - index;
    const share = left === 1 ? deadlineAt : now() + Math.max(0, deadlineAt - now()) / left;
    const one = await deliver(part, share, left === 1);
    ended.push(one);
    if (!canGoOn(one) || now() >= deadlineAt) break;
  }
  return ended;
}

/** Whether the next one in turn may be tried: this one has failed for good, and nothing can have been shown. */
function canGoOn({ delivery: { status, mayHaveArrived }, isRecorded }: Ended): boolean {
  return status === 'failed' && !mayHaveArrived && isRecorded;
}

/** How a pop stands at a destination once it has ended there; `before` is how it stood, `isOnly` whether there is no other. */
export function endOf(
  { delivery, latencyMs }: Ended,
  before: DestinationEnd,
  isOnly: boolean,
): DestinationEnd {
  const { status, attempts, windowFocused, mayHaveArrived } = delivery;
  // Never sent, or dropped as a whole: it counts as not tried.
  if (isDropped(delivery) && (isOnly || attempts === 0)) return before;
  const code = delivery.error?.code ?? (status === 'delivered' ? null : 'upstream_timeout');
  const known = status === 'delivered' ? status : code === 'outcome_unknown' ? 'unknown' : 'failed';
  const now = { ...before, status: known, code, windowFocused, latencyMs, mayHaveArrived } as const;
  return laterEnd(before, now);
}

/**
 * What the deliveries of a pop come to: `ends` are all of its destinations in order, with those where nothing was to be
 * sent any more; `ended` what was done now. That of one destination is its own.
 */
export function wholeOf(ended: readonly Ended[], ends: readonly DestinationEnd[]): WholeDelivery {
  const [only] = ended;
  if (only && ends.length === 1) return { ...only.delivery, latencyMs: only.latencyMs };

  const needed = ended.filter(({ outlet }) => ends.some(({ id, required }) => id === outlet.id && required));
  const counting = needed.length > 0 ? needed : ended;
  const byTime = counting.toSorted((a, b) => a.latencyMs - b.latencyMs);
  const sums = {
    attempts: ended.reduce((sum, { delivery }) => sum + delivery.attempts, 0),
    windowFocused: focusOf(ends),
    duplicate: ended.some(({ delivery }) => delivery.duplicate),
  };
  const last = byTime.at(-1);
  if (isDelivered(ends)) {
    const isOneEnough = !ends.some(({ required }) => required);
    const done = isOneEnough ? byTime.find(({ delivery }) => delivery.status === 'delivered') : last;
    return { ...sums, ...timesOf(done), status: 'delivered', mayHaveArrived: false, error: undefined };
  }
  const failed = { ...sums, ...timesOf(last), mayHaveArrived: mayBeShown(ends) };
  const dropped = counting.find(({ delivery }) => isDropped(delivery));
  const wasDropped = ({ id }: DestinationEnd) =>
    ended.some(({ outlet, delivery }) => outlet.id === id && isDropped(delivery));
  const deciding = decidingOf(ends, wasDropped);
  if (!deciding) {
    if (dropped && !mayBeShown(ends)) return { ...failed, status: dropped.delivery.status, error: undefined };
    const detail = 'its call ended, or its time was over, before every destination had the pop';
    return { ...failed, status: 'failed', error: new PopError('upstream_timeout', detail) };
  }
  const mine = ended.find(({ outlet }) => outlet.id === deciding.id)?.delivery;
  const { correlationId = null } = mine ?? {};
  return { ...failed, correlationId, status: 'failed', error: errorOf(deciding, mine?.error) };
}

function timesOf(
  one: Ended | undefined,
): Pick<WholeDelivery, 'latencyMs' | 'tokenMs' | 'shownMs' | 'correlationId'> {
  const { tokenMs = 0, shownMs, correlationId = null } = one?.delivery ?? {};
  return { latencyMs: one?.latencyMs ?? 0, tokenMs, shownMs, correlationId };
}

/**
 * The destination whose failure is the pop's: the first required one, in order; where none is, the one that may have
 * shown it, else the last that was tried.
 */
function decidingOf(
  ends: readonly DestinationEnd[],
  wasDropped: (end: DestinationEnd) => boolean,
): DestinationEnd | undefined {
  const failed = ends.filter(
    (end) => (end.status === 'failed' || end.status === 'unknown') && !wasDropped(end),
  );
  if (ends.some(({ required }) => required)) return failed.find(({ required }) => required);
  const tried = failed.filter(({ code }) => code !== 'not_configured');
  return failed.find(({ mayHaveArrived }) => mayHaveArrived) ?? tried.at(-1) ?? failed.at(-1);
}

/** Names the destination, which a caller of several has to know. */
function errorOf({ id }: DestinationEnd, error: PopError | undefined): PopError {
  if (!error)
    return new PopError('outcome_unknown', `${id} may have shown the pop, and was not sent it again`);
  return new PopError(error.code, `${id}: ${error.message}`, error.details);
}

/** What a pop that was cut off comes to, by what is known of it; the rest is unknown as a whole. */
export function wholeOfCut(ends: readonly DestinationEnd[]) {
  const sums = { destinations: ends, windowFocused: focusOf(ends) };
  if (!isDelivered(ends))
    return { ...sums, status: 'unknown' as const, latencyMs: null, mayHaveArrived: mayBeShown(ends) };
  const required = ends.filter((end) => end.required);
  const latencies = (of: readonly DestinationEnd[]) => of.flatMap(({ latencyMs }) => latencyMs ?? []);
  const latencyMs =
    required.length > 0
      ? Math.max(...latencies(required))
      : Math.min(...latencies(ends.filter(({ status }) => status === 'delivered')));
  return { ...sums, status: 'delivered' as const, latencyMs };
}
