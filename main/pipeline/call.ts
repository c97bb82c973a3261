/** The life of one call, as data: what has happened to it, and what a trigger of it may do now. Contract §1a. */
import type { DestinationEnd } from '../../shared/audit.ts';
import type { Trigger } from '../../shared/trigger.ts';
import { type Ends, farther, isUsed, nextOf } from './destination-ends.ts';
import type { Outlet } from './ports.ts';
import type { Route } from './route.ts';

/** A trigger, as far as it tells how its call goes on; `at` is on the scale of Clock.uptime. */
export interface CallEvent {
  readonly popId: string;
  readonly phase: Trigger['phase'];
  readonly at: number;
}

/** A trigger that is to pop. */
export interface Contender {
  readonly popId: string;
  /** What destinations know it by, if nothing of the call was sent yet. */
  readonly key: string;
  /** Where it goes, as things are when it is asked. */
  readonly route: () => Route;
  /** Whether a second pop is better than none, where nobody can tell. */
  readonly repeat: boolean;
}

/** Whether a trigger may pop now. */
export type Turn =
  | {
      readonly kind: 'pop';
      /** The key that the destinations get. */
      readonly key: string;
      readonly route: Route;
      /** Those of the route where the pop has to be sent now. */
      readonly outlets: readonly Outlet[];
      /** What pops before it have come to. */
      readonly before: Ends;
      /** Aborted when the call has ended: what has not been sent then is not sent. */
      readonly withdrawn: AbortSignal;
    }
  | { readonly kind: 'held'; readonly reason: 'dedupe' | 'ended' | 'unknown' };

interface Waiter extends Contender {
  readonly take: (turn: Turn) => void;
}

export interface Call {
  readonly id: string;
  /** Whether the phone gave it one. */
  readonly hasOwnId: boolean;
  /** Digest of the other party, user and application. */
  party: string | null;
  lastAt: number;
  /** When it last rang, or fired without a phase. */
  ringingAt: number;
  answeredAt: number;
  /** The pop id of the trigger that ended it. */
  endedBy: string | null;
  isDelivered: boolean;
  /** The farthest that its pops have come, by destination. */
  readonly ends: Map<string, DestinationEnd>;
  /** What the destinations know it by, once something was to be sent. */
  key: string | null;
  running: AbortController | null;
  /** Oldest first. */
  readonly waiting: Waiter[];
}

export function newCall(id: string, hasOwnId: boolean): Call {
  const never = Number.NEGATIVE_INFINITY;
  return {
    id,
    hasOwnId,
    party: null,
    lastAt: never,
    ringingAt: never,
    answeredAt: never,
    endedBy: null,
    isDelivered: false,
    ends: new Map(),
    key: null,
    running: null,
    waiting: [],
  };
}

/** Takes an event in; an end withdraws what has not been sent. */
export function noteEvent(call: Call, { popId, phase, at }: CallEvent): void {
  call.lastAt = Math.max(call.lastAt, at);
  if (phase === 'answered') call.answeredAt = Math.max(call.answeredAt, at);
  if (phase === 'ringing' || phase === undefined) call.ringingAt = Math.max(call.ringingAt, at);
  if (phase !== 'ended' || call.endedBy !== null) return;
  call.endedBy = popId;
  call.running?.abort();
  for (const { take } of call.waiting.splice(0)) take({ kind: 'held', reason: 'ended' });
}

/** Whether the contender may pop, and then it is the one that does; undefined while another pop of the call is under way. */
export function turnOf(call: Call, contender: Contender): Turn | undefined {
  if (call.endedBy !== null && call.endedBy !== contender.popId) return { kind: 'held', reason: 'ended' };
  if (call.isDelivered) return { kind: 'held', reason: 'dedupe' };
  if (call.running) return undefined;
  const route = contender.route();
  const next = nextOf(route, call.ends, contender.repeat);
  if (next.kind === 'held') return next;
  call.running = new AbortController();
  call.key ??= contender.key;
  const { key, ends: before } = call;
  return { kind: 'pop', key, withdrawn: call.running.signal, route, outlets: next.outlets, before };
}

/** The pop that was under way is over: those that wait hear that it was delivered, or the newest of them takes its place. */
export function settle(call: Call, ends: readonly DestinationEnd[], isDelivered: boolean): void {
  call.running = null;
  end(call, ends, isDelivered);
  while (!call.running) {
    const newest = call.waiting.pop();
    if (!newest) return;
    const turn = turnOf(call, newest);
    if (turn) newest.take(turn);
  }
}

/** A pop of it has come so far. A key that was not used up may become that of another call. */
export function end(call: Call, ends: readonly DestinationEnd[], isDelivered: boolean): void {
  learn(call, ends);
  call.isDelivered ||= isDelivered;
  if (call.ends.size === 0) call.key = null;
}

/** Keeps what is known of its destinations, as far as it matters. */
export function learn({ ends }: Call, news: readonly DestinationEnd[]): void {
  for (const end of news) if (isUsed(end)) ends.set(end.id, farther(ends.get(end.id), end));
}

/** Whether nothing of it is under way. */
export function isIdle({ running, waiting }: Call): boolean {
  return running === null && waiting.length === 0;
}
