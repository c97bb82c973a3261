/** One run per idempotency key and phase: running ones are joined, keys whose pop was delivered replayed for 24 hours. */
import type { AuditEntry } from '../../shared/audit.ts';
import { eventOf } from '../../shared/log-events.ts';
import type { Result } from '../../shared/pop-events.ts';
import type { Admitted } from './admit.ts';
import { endsIn, nextOf, repliesOf } from './destination-ends.ts';
import { PopError } from './errors.ts';
import type { AcceptedPop, Answer, Clock, History } from './ports.ts';
import { replyOf } from './record.ts';
import type { Route } from './route.ts';

export const KEY_LIFETIME_MS = 24 * 60 * 60 * 1000;

/** More callers than this waiting for one key get 409 instead, so that memory stays bounded. */
const MAX_JOINED = 10_000;

interface Running {
  readonly phase: Admitted['trigger']['phase'];
  readonly fingerprint: string;
  readonly answer: Promise<Answer>;
  readonly accepted: Promise<AcceptedPop>;
  joined: number;
}

/**
 * Milliseconds since the entry was written. Within one start of the machine the uptime tells,
 * so that a change of the wall clock neither revives a key nor drops one early.
 */
export function ageOf(entry: AuditEntry, clock: Clock): number {
  if (entry.boot === clock.boot) return clock.uptime() - entry.uptimeMs;
  return Math.max(0, clock.now() - Date.parse(entry.timestamp));
}

export type Run = (pop: Admitted, isFurther: boolean, earlier: Result | undefined) => Promise<Answer>;

export interface Idempotency {
  /**
   * Runs `run` unless the key is running for the same phase (then joins it), or was answered for good (then answers so
   * again); `run` hears whether the key runs already for another phase, and how its last pop ended. Throws PopError `key_reused` for another
   * payload, `in_progress` when too many wait, `outcome_unknown` where only a repeat may go on.
   */
  once(pop: Admitted, run: Run): Promise<Answer>;
  /** How many triggers are running. */
  underWay(): number;
  /** Resolves when none is. */
  idle(): Promise<void>;
}

export interface IdempotencyDeps {
  readonly history: History;
  readonly clock: Clock;
  /** Where a trigger goes, as the settings are now. */
  readonly route: (pop: Admitted) => Route;
  /** Hears of a trigger whose key was answered before, and the result that it was answered with. */
  readonly onAnswered: (pop: Admitted, result: AuditEntry) => void;
}

export function createIdempotency({ history, clock, route, onAnswered }: IdempotencyDeps): Idempotency {
  const running = new Map<string, Running[]>();

  async function join(run: Running, { onAccepted }: Admitted): Promise<Answer> {
    if (run.joined >= MAX_JOINED) {
      throw new PopError('in_progress', 'too many callers wait for this key', { retryAfterMs: 1000 });
    }
    run.joined += 1;
    if (onAccepted) void run.accepted.then(onAccepted);
    return { ...(await run.answer), replayed: true };
  }

  return {
    async once(pop, run) {
      const { idempotencyKey: key, isNewKey, fingerprint, trigger } = pop;
      const runs = running.get(key) ?? [];
      const result = isNewKey || runs.length > 0 ? undefined : findLive(key);
      const earlier = runs[0] ?? result;
      if (earlier && earlier.fingerprint !== fingerprint) {
        throw new PopError('key_reused', 'the key was used with another payload within the last 24 hours');
      }
      const same = runs.find(({ phase }) => phase === trigger.phase);
      if (same) return join(same, pop);
      if (result && isFinal(result, pop)) {
        onAnswered(pop, result);
        return answerAgain(result);
      }

      const { promise: accepted, resolve: onAccepted } = Promise.withResolvers<AcceptedPop>();
      if (pop.onAccepted) void accepted.then(pop.onAccepted);
      const answer = run({ ...pop, onAccepted }, runs.length > 0, result && resultIn(result));
      const mine = { phase: trigger.phase, fingerprint, answer, accepted, joined: 0 };
      running.set(key, [...runs, mine]);
      try {
        return await answer;
      } finally {
        const left = running.get(key)?.filter((each) => each !== mine) ?? [];
        if (left.length > 0) running.set(key, left);
        else running.delete(key);
      }
    },

    underWay: () => all().length,

    async idle() {
      while (running.size > 0) await Promise.allSettled(all().map(({ answer }) => answer));
    },
  };

  function all(): Running[] {
    return [...running.values()].flat();
  }

  function findLive(key: string): AuditEntry | undefined {
    const entry = history.findByKey(key);
    return entry && ageOf(entry, clock) < KEY_LIFETIME_MS ? entry : undefined;
  }

  function isFinal(entry: AuditEntry, pop: Admitted): boolean {
    if (entry.status === 'delivered') return true;
    const result = resultIn(entry);
    if (!result) return false;
    const ends = new Map(endsIn(result).map((end) => [end.id, end]));
    const next = nextOf(route(pop), ends, pop.trigger.repeat ?? false);
    return next.kind === 'held' && next.reason === 'unknown';
  }
}

function resultIn(entry: AuditEntry): Result | undefined {
  const event = eventOf(entry);
  return event?.kind === 'result' ? event : undefined;
}

function answerAgain(result: AuditEntry): Answer {
  if (result.status === 'delivered') return { body: replyOf(result), replayed: true };
  const { popId, idempotencyKey, destinations } = result;
  throw new PopError('outcome_unknown', 'the pop may have been shown, and was not sent again', {
    popId: popId ?? undefined,
    idempotencyKey: idempotencyKey ?? undefined,
    destinations: destinations ? repliesOf(destinations) : undefined,
  });
}
