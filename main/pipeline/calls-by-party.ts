/** Which call a trigger without an id is of, by the other party: contract §1a. */
import type { Call, CallEvent } from './call.ts';
import type { PipelineConfig } from './ports.ts';

/** A trigger joins a call with an id that was heard of less than this long ago, in milliseconds. */
const JOIN_WINDOW_MS = 120_000;

type Windows = Pick<PipelineConfig, 'dedupeWindowMs' | 'ringWindowMs' | 'interactionLifetimeMs'>;

export interface CallsByParty {
  /** The call of that party, user and application that the event is of, if it is known. */
  find(party: string, event: CallEvent, windows: Windows): Call | undefined;
  /** The call is one of that party from now on. */
  add(call: Call, party: string): void;
  /** The call is in memory no longer. */
  forget(call: Call): void;
}

/** `load` brings those that the log knows of a party. */
export function createCallsByParty(load: (party: string) => Call[]): CallsByParty {
  const parties = new Map<string, { readonly calls: Set<Call>; isWhole: boolean }>();

  function callsOf(party: string): Set<Call> {
    let entry = parties.get(party);
    if (!entry) {
      entry = { calls: new Set(), isWhole: false };
      parties.set(party, entry);
    }
    if (!entry.isWhole) {
      entry.isWhole = true;
      for (const call of load(party)) if (call.party === party) entry.calls.add(call);
    }
    return entry.calls;
  }

  return {
    find(party, event, windows) {
      const calls = [...callsOf(party)]
        .filter(({ lastAt }) => event.at - lastAt < windows.interactionLifetimeMs)
        .sort((a, b) => b.lastAt - a.lastAt);
      const last = calls.find(({ hasOwnId }) => !hasOwnId);
      if (last && isOfCall(event, last, windows)) return last;
      const open = calls.find(({ hasOwnId, endedBy }) => hasOwnId && endedBy === null);
      return open && event.at - open.lastAt < JOIN_WINDOW_MS ? open : undefined;
    },

    add(call, party) {
      if (call.party !== null && call.party !== party) parties.get(call.party)?.calls.delete(call);
      callsOf(party).add(call);
      call.party = party;
    },

    forget(call) {
      const entry = call.party === null ? undefined : parties.get(call.party);
      if (!entry || call.party === null) return;
      entry.calls.delete(call);
      entry.isWhole = false;
      if (entry.calls.size === 0) parties.delete(call.party);
    },
  };
}

/** Whether an event is of the last call of its party; without a phase it counts as ringing, but for a repeat of whatever fired last. */
function isOfCall({ phase, at }: CallEvent, call: Call, { dedupeWindowMs, ringWindowMs }: Windows): boolean {
  const { ringingAt, answeredAt, endedBy } = call;
  if (phase === 'ended') return true;
  if (phase === 'answered') return at - ringingAt < ringWindowMs || at - answeredAt < dedupeWindowMs;
  if (endedBy !== null) return false;
  const last = phase === 'ringing' ? ringingAt : Math.max(ringingAt, answeredAt);
  const isAnswered = phase === 'ringing' && answeredAt > Number.NEGATIVE_INFINITY;
  return !isAnswered && at - last < dedupeWindowMs;
}
