/** The life of one call, as data: what has happened to it, and what a trigger of it may do now. Contract §1a. */
import type { Trigger } from '../../shared/trigger.ts';

/**
 * How far what was sent for a call has come. `unused`: so far that its key is free for others; `refused`: it did not
 * arrive; `lost`: it may have arrived, at a destination that keeps no keys.
 */
export type Ending = 'unused' | 'refused' | 'perhaps' | 'lost' | 'delivered';

const FARTHER: readonly Ending[] = ['unused', 'refused', 'perhaps', 'lost', 'delivered'];

/** A trigger, as far as it tells how its call goes on; `at` is on the scale of Clock.uptime. */
export interface CallEvent {
  readonly popId: string;
  readonly phase: Trigger['phase'];
  readonly at: number;
}

/** A trigger that is to pop. */
export interface Contender {
  readonly popId: string;
  /** Its own idempotency key. */
  readonly key: string;
  /** Whether a second pop is better than none, where nobody can tell. */
  readonly repeat: boolean;
}

/** Whether a trigger may pop now. */
export type Turn =
  | {
      readonly kind: 'pop';
      /** The key that the destination gets. */
      readonly key: string;
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
  ending: Ending;
  /** What the destination knows it by, once something was to be sent. */
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
    ending: 'unused',
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
export function turnOf(call: Call, contender: Contender, keepsKeys: boolean): Turn | undefined {
  if (call.endedBy !== null && call.endedBy !== contender.popId) return { kind: 'held', reason: 'ended' };
  if (call.ending === 'delivered') return { kind: 'held', reason: 'dedupe' };
  if (call.running) return undefined;
  const isBlind = call.ending === 'lost' || (call.ending === 'perhaps' && !keepsKeys);
  if (isBlind && !contender.repeat) return { kind: 'held', reason: 'unknown' };
  call.running = new AbortController();
  call.key ??= contender.key;
  return { kind: 'pop', key: call.key, withdrawn: call.running.signal };
}

/** The pop that was under way is over: those that wait hear that it was delivered, or the newest of them takes its place. */
export function settle(call: Call, ending: Ending, keepsKeys: boolean): void {
  call.running = null;
  end(call, ending);
  while (!call.running) {
    const newest = call.waiting.pop();
    if (!newest) return;
    const turn = turnOf(call, newest, keepsKeys);
    if (turn) newest.take(turn);
  }
}

/** A pop of it has come so far. A key that was not used up may become that of another call. */
export function end(call: Call, ending: Ending): void {
  if (FARTHER.indexOf(ending) > FARTHER.indexOf(call.ending)) call.ending = ending;
  if (call.ending === 'unused') call.key = null;
}

/** Whether nothing of it is under way. */
export function isIdle({ running, waiting }: Call): boolean {
  return running === null && waiting.length === 0;
}
