/** Which call a trigger is of, and when it may pop: contract §1a. What is not in memory is read from the log. */
import type { AuditEntry } from '../../shared/audit.ts';
import type { Admitted } from './admit.ts';
import {
  type Call,
  type CallEvent,
  type Ending,
  isIdle,
  newCall,
  noteEvent,
  settle,
  type Turn,
  turnOf,
} from './call.ts';
import { callFromLog } from './call-from-log.ts';
import { createCallsByParty } from './calls-by-party.ts';
import { ageOf } from './idempotency.ts';
import { callNamesOf } from './other-party.ts';
import type { Clock, Digest, History, PipelineConfig } from './ports.ts';

/** Idle calls stay in memory this long, in milliseconds: by then the read models know all of them. */
const KEEP_MS = 60_000;
/** Begins the id of a call that the phone gave none, so that no digest can be taken for it. */
const BY_PARTY = 'party:';

/** A trigger's place in its call. */
export interface PlaceInCall {
  /** The call, as the log names it; null where nothing tells which one it is. */
  readonly interaction: string | null;
  /** Digest of the other party, user and application. */
  readonly party: string | null;
  /** Has `onTurn` hear whether the trigger may pop: at once, or when the pop that is under way is over, unless it leaves. */
  ask(onTurn: (turn: Turn) => void): void;
  /** It waits no longer. */
  leave(): void;
  /** How far its pop has come; whoever was let pop has to say it. */
  settle(ending: Ending): void;
}

export interface Calls {
  /** Takes note of a trigger that has just come; the application is the one whose page it would show. */
  enter(pop: Admitted, application: string): PlaceInCall;
  /** Takes note of a trigger whose key was answered before, in the call of that answer. */
  note(pop: Admitted, interaction: string): void;
}

export interface CallsDeps {
  readonly clock: Clock;
  readonly digest: Digest;
  readonly history: History;
  readonly config: () => PipelineConfig;
  /** Whether what is sent now goes where a key that comes twice is shown once. */
  readonly keepsKeys: () => boolean;
}

export function createCalls({ clock, digest, history, config, keepsKeys }: CallsDeps): Calls {
  /** Those that were heard of last stand last. */
  const known = new Map<string, Call>();
  /** Under way, and known by nothing but the key. */
  const byKey = new Map<string, Call>();
  const byParty = createCallsByParty((party) => history.callsOf(party).flatMap((id) => recall(id) ?? []));

  return {
    enter(pop, application) {
      const { trigger, idempotencyKey, isNewKey } = pop;
      const event = eventOf(pop);
      const scope = [trigger.userId, application];
      const names = callNamesOf(trigger);
      const party = names.party === null ? null : digest(JSON.stringify(['party', names.party, ...scope]));
      forgetIdle(event.at);
      if (names.id !== undefined) {
        const leg = trigger.leg === undefined ? [] : [trigger.leg];
        const id = digest(JSON.stringify([names.id, ...scope, ...leg]));
        const call = recall(id);
        return placeIn(call && isAlive(call, event) ? call : newCall(id, true), event, pop, party);
      }
      const call = party === null ? undefined : byParty.find(party, event, config());
      if (call) return placeIn(call, event, pop, party);
      if (party !== null && event.phase !== 'ended')
        return placeIn(newCall(BY_PARTY + pop.popId, false), event, pop, party);
      return isNewKey ? placeAlone(idempotencyKey) : placeUnder(idempotencyKey, event, pop);
    },

    note(pop, interaction) {
      const call = recall(interaction);
      if (call) noteEvent(call, eventOf(pop));
    },
  };

  function eventOf({ popId, trigger, receivedAt }: Admitted): CallEvent {
    return { popId, phase: trigger.phase, at: clock.uptime() - (clock.monotonic() - receivedAt) };
  }

  function isAlive({ lastAt }: Call, { at }: CallEvent): boolean {
    return at - lastAt < config().interactionLifetimeMs;
  }

  function recall(id: string): Call | undefined {
    const there = known.get(id);
    if (there) return there;
    const entries = history.entriesOf(id);
    if (entries.length === 0) return undefined;
    const lifetimeMs = config().interactionLifetimeMs;
    const call = callFromLog(id, !id.startsWith(BY_PARTY), entries, timeOf, lifetimeMs);
    known.set(id, call);
    return call;
  }

  /** On the scale of Clock.uptime: when the trigger came that left the entry. */
  function timeOf(entry: AuditEntry): number {
    return clock.uptime() - ageOf(entry, clock) - (entry.latencyMs ?? 0);
  }

  function forgetIdle(now: number): void {
    for (const [id, call] of known) {
      if (now - call.lastAt < KEEP_MS || !isIdle(call)) break;
      known.delete(id);
      byParty.forget(call);
    }
  }

  function placeIn(call: Call, event: CallEvent, pop: Admitted, party: string | null): PlaceInCall {
    noteEvent(call, event);
    known.delete(call.id);
    known.set(call.id, call);
    if (party !== null) byParty.add(call, party);
    return { interaction: call.id, party, ...stand(call, pop) };
  }

  /** Afterwards the key itself answers, so that the call need not be known for longer. */
  function placeUnder(key: string, event: CallEvent, pop: Admitted): PlaceInCall {
    const call = byKey.get(key) ?? newCall(key, false);
    noteEvent(call, event);
    const { ask, leave, settle } = stand(call, pop);
    const keep = () => (isIdle(call) ? byKey.delete(key) : byKey.set(key, call));
    return {
      interaction: null,
      party: null,
      ask(onTurn) {
        ask(onTurn);
        keep();
      },
      leave() {
        leave();
        keep();
      },
      settle(ending) {
        settle(ending);
        keep();
      },
    };
  }

  function stand(call: Call, { popId, idempotencyKey, trigger }: Admitted) {
    const contender = { popId, key: idempotencyKey, repeat: trigger.repeat ?? false };
    return {
      ask(take: (turn: Turn) => void) {
        const turn = turnOf(call, contender, keepsKeys());
        if (turn) take(turn);
        else call.waiting.push({ ...contender, take });
      },
      leave() {
        const at = call.waiting.findIndex((waiter) => waiter.popId === popId);
        if (at >= 0) call.waiting.splice(at, 1);
      },
      settle: (ending: Ending) => settle(call, ending, keepsKeys()),
    };
  }
}

const NEVER = new AbortController().signal;

/** The place of a trigger that is of no call: it pops, whatever else does. */
export function placeAlone(key: string): PlaceInCall {
  return {
    interaction: null,
    party: null,
    ask: (onTurn) => onTurn({ kind: 'pop', key, withdrawn: NEVER }),
    leave() {},
    settle() {},
  };
}
