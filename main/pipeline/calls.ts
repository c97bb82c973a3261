/** Which call a trigger is of, and when it may pop: contract §1a. What is not in memory is read from the log. */
import type { AuditEntry, DestinationEnd } from '../../shared/audit.ts';
import type { Result } from '../../shared/pop-events.ts';
import type { Admitted } from './admit.ts';
import {
  type Call,
  type CallEvent,
  type Contender,
  isIdle,
  learn,
  newCall,
  noteEvent,
  settle,
  type Turn,
  turnOf,
} from './call.ts';
import { callFromLog } from './call-from-log.ts';
import { createCallsByParty } from './calls-by-party.ts';
import { endsIn } from './destination-ends.ts';
import { ageOf } from './idempotency.ts';
import type { Clock, Digest, History, PipelineConfig } from './ports.ts';
import type { Route } from './route.ts';

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
  /** What its pop has come to, and whether it was delivered; whoever was let pop has to say it. */
  settle(ends: readonly DestinationEnd[], isDelivered: boolean): void;
}

export interface Calls {
  /**
   * Takes note of a trigger that has just come; the application is the one whose page it would show, `earlier` how the
   * last pop with its key has ended.
   */
  enter(pop: Admitted, application: string, earlier: Result | undefined): PlaceInCall;
  /** The place of a trigger that is of no call: it pops under that key, whatever else does. */
  standAlone(pop: Admitted, key: string, earlier: Result | undefined): PlaceInCall;
  /** Takes note of a trigger whose key was answered before, in the call of that answer. */
  note(pop: Admitted, interaction: string): void;
}

/** A call of which something was sent is over. */
export interface CallEnd {
  /** What the destinations know it by. */
  readonly key: string;
  /** Whether it rang here and nobody has told of an answer: asked later, it takes in what was overtaken. */
  isUnanswered(): boolean;
}

export interface CallsDeps {
  readonly clock: Clock;
  readonly digest: Digest;
  readonly history: History;
  readonly config: () => PipelineConfig;
  /** Where a trigger goes, as the settings are now. */
  readonly route: (pop: Admitted) => Route;
  readonly onCallEnd?: ((end: CallEnd) => void) | undefined;
}

export function createCalls({ clock, digest, history, config, route, onCallEnd }: CallsDeps): Calls {
  /** Those that were heard of last stand last. */
  const known = new Map<string, Call>();
  /** Under way, and known by nothing but the key. */
  const byKey = new Map<string, Call>();
  const byParty = createCallsByParty((party) => history.callsOf(party).flatMap((id) => recall(id) ?? []));

  return {
    enter(pop, application, earlier) {
      const { trigger, idempotencyKey, isNewKey, names } = pop;
      const contender = contenderOf(pop, idempotencyKey, earlier);
      const event = eventOf(pop);
      const scope = [trigger.userId, application];
      const party = names.party === null ? null : digest(JSON.stringify(['party', names.party, ...scope]));
      forgetIdle(event.at);
      if (names.id !== undefined) {
        const leg = trigger.leg === undefined ? [] : [trigger.leg];
        const id = digest(JSON.stringify([names.id, ...scope, ...leg]));
        const call = recall(id);
        return placeIn(call && isAlive(call, event) ? call : newCall(id, true), event, contender, party);
      }
      const call = party === null ? undefined : byParty.find(party, event, config());
      if (call) return placeIn(call, event, contender, party);
      if (party !== null && event.phase !== 'ended')
        return placeIn(newCall(BY_PARTY + pop.popId, false), event, contender, party);
      return isNewKey ? placeAlone(contender) : placeUnder(idempotencyKey, event, contender);
    },

    standAlone: (pop, key, earlier) => placeAlone(contenderOf(pop, key, earlier)),

    note(pop, interaction) {
      const call = recall(interaction);
      if (call) takeIn(call, eventOf(pop));
    },
  };

  function eventOf({ popId, trigger, receivedAt }: Admitted): CallEvent {
    return { popId, phase: trigger.phase, at: clock.uptime() - (clock.monotonic() - receivedAt) };
  }

  function takeIn(call: Call, event: CallEvent): void {
    const wasOpen = call.endedBy === null;
    noteEvent(call, event);
    const { key, endedBy } = call;
    if (!wasOpen || endedBy === null || key === null) return;
    // A phone that rings for longer has been answered, and does not tell.
    const hasRungOut = event.at - call.ringingAt >= config().ringWindowMs;
    onCallEnd?.({ key, isUnanswered: () => !hasRungOut && call.answeredAt === Number.NEGATIVE_INFINITY });
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

  function contenderOf(pop: Admitted, key: string, earlier: Result | undefined): Competitor {
    const { popId, trigger } = pop;
    return {
      popId,
      // What failed under a key is sent under no other.
      key: earlier?.destinationKey ?? key,
      repeat: trigger.repeat ?? false,
      route: () => route(pop),
      known: earlier ? endsIn(earlier) : [],
    };
  }

  function placeIn(call: Call, event: CallEvent, contender: Competitor, party: string | null): PlaceInCall {
    takeIn(call, event);
    known.delete(call.id);
    known.set(call.id, call);
    if (party !== null) byParty.add(call, party);
    return { interaction: call.id, party, ...stand(call, contender) };
  }

  /** Afterwards the key itself answers, so that the call need not be known for longer. */
  function placeUnder(key: string, event: CallEvent, contender: Competitor): PlaceInCall {
    const call = byKey.get(key) ?? newCall(key, false);
    takeIn(call, event);
    const { ask, leave, settle } = stand(call, contender);
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
      settle(ends, isDelivered) {
        settle(ends, isDelivered);
        keep();
      },
    };
  }

  /** Any number of them can pop side by side. */
  function placeAlone(contender: Competitor): PlaceInCall {
    return { interaction: null, party: null, ...stand(newCall(contender.key, false), contender) };
  }

  function stand(call: Call, { known: ends, ...contender }: Competitor) {
    learn(call, ends);
    return {
      ask(take: (turn: Turn) => void) {
        const turn = turnOf(call, contender);
        if (turn) take(turn);
        else call.waiting.push({ ...contender, take });
      },
      leave() {
        const at = call.waiting.findIndex((waiter) => waiter.popId === contender.popId);
        if (at >= 0) call.waiting.splice(at, 1);
      },
      settle: (come: readonly DestinationEnd[], isDelivered: boolean) => settle(call, come, isDelivered),
    };
  }
}

/** A contender, and what is known of the pops that had its key. */
interface Competitor extends Contender {
  readonly known: readonly DestinationEnd[];
}
