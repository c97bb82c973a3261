/**
 * From a trigger to a pop. Read this first: the steps stand here and in show.ts in order, each in a file of its own name.
 *
 * admit → find its call, wait for its turn → check target → inject context → sign → record the intent → deliver →
 * record the result.
 * Notifying follows from the recorded result: the log's subscribers (history, metrics, webhooks) get every entry.
 */

import type { PopFacts, Result } from '../../shared/pop-events.ts';
import { type Admitted, admit, holdBack, isExpired, withAgent } from './admit.ts';
import { type CallEnd, createCalls } from './calls.ts';
import { applicationOf, checkTarget, findApplication } from './check-target.ts';
import { type ErrorCode, PopError } from './errors.ts';
import { createIdempotency } from './idempotency.ts';
import { withoutPlaceholders } from './placeholders.ts';
import type { Answer, Digest, History, Ids, Pipeline, PipelineConfig } from './ports.ts';
import { answerOf, latencyOf, type Outcome, resultEntry } from './record.ts';
import { type Route, requireDestinations, routeOf } from './route.ts';
import { createShow, errorOf, type ShowDeps } from './show.ts';
import { targetOf } from './target.ts';
import { waitForTurn } from './wait-for-turn.ts';

export interface PipelineDeps extends ShowDeps {
  readonly ids: Ids;
  readonly digest: Digest;
  readonly history: History;
  readonly config: () => PipelineConfig;
  /** Hears of every trigger that is about to be run or joined. */
  readonly onAdmitted?: (pop: Admitted) => void;
  /** Hears that a call of which something was sent is over. */
  readonly onCallEnd?: ((end: CallEnd) => void) | undefined;
}

export function createPipeline(deps: PipelineDeps): Pipeline {
  const { clock, ids, audit, history } = deps;
  const calls = createCalls({ ...deps, route });
  const idempotency = createIdempotency({
    history,
    clock,
    route,
    onAnswered(pop, { interaction, phase }) {
      // The same trigger once more says nothing new of its call.
      const isRepeat = pop.trigger.phase === (phase ?? undefined);
      if (!isRepeat && !isWish(pop) && interaction !== null) calls.note(pop, interaction);
    },
  });
  const show = createShow(deps);

  return {
    async handle(call) {
      const { applications, agent } = deps.config();
      const trigger = withAgent(withoutPlaceholders(call.trigger, applications), agent);
      const pop = admit({ ...call, trigger }, { ...deps, agent });
      deps.onAdmitted?.(pop);
      if (history.loading && needsPast(pop)) await past(history.loading);
      return idempotency.once(pop, run);
    },
    underWay: () => idempotency.underWay(),
    idle: () => idempotency.idle(),
  };

  function route({ trigger }: Admitted): Route {
    const application = applicationOf(deps.config().applications, trigger.application);
    return routeOf(trigger, application, deps.outlets());
  }

  /** Waits for it no longer than a pop may take. */
  function past(loading: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = new PopError('audit_unavailable', 'the audit log is still being read', {
        retryAfterMs: 1000,
      });
      const cancel = clock.after(deps.config().totalDeadlineMs, () => reject(late));
      loading.then(resolve, reject).finally(cancel);
    });
  }

  async function run(pop: Admitted, isFurther: boolean, earlier: Result | undefined): Promise<Answer> {
    const { trigger, idempotencyKey } = pop;
    const config = deps.config();
    const application = findApplication(config.applications, trigger.application);
    const { page, logged } = targetOf(application, trigger, pop.context);
    checkTarget(application, page);
    requireDestinations(trigger, deps.outlets());
    // Where the key is under way for the call, a person's wish must not be taken for that.
    const place = isWish(pop)
      ? calls.standAlone(pop, isFurther ? ids.idempotencyKey() : idempotencyKey, earlier)
      : calls.enter(pop, application.id, earlier);
    const facts: PopFacts = {
      popId: pop.popId,
      userId: trigger.userId,
      idempotencyKey,
      destinationKey: null,
      application: application.id,
      client: pop.client,
      endpoint: null,
      destination: null,
      destinations: null,
      target: logged,
      fingerprint: pop.fingerprint,
      interaction: place.interaction,
      party: place.party,
      phase: trigger.phase ?? null,
    };

    const held = holdBack(pop, config, clock);
    if (held) return note(pop, facts, held);
    const waiting = waitForTurn(place, pop, config.totalDeadlineMs, clock);
    const turn = waiting instanceof Promise ? await waiting : waiting;
    if (turn === 'late') {
      if (isExpired(trigger, clock)) return note(pop, facts, { status: 'expired' });
      const detail = 'the total deadline passed while the call’s pop was under way';
      return giveUp(pop, facts, 'upstream_timeout', detail);
    }
    if (turn.kind === 'held') return note(pop, facts, { status: 'suppressed', reason: turn.reason });
    if (turn !== waiting) {
      const heldSince = holdBack(pop, deps.config(), clock);
      if (heldSince || deps.stopping.aborted) place.settle([], false);
      if (heldSince) return note(pop, facts, heldSince);
      if (deps.stopping.aborted)
        return giveUp(pop, facts, 'upstream_unavailable', 'poptray was stopped before the pop was sent');
    }
    return show({ pop, application, config, facts, page, turn, settle: place.settle });
  }

  async function note(pop: Admitted, facts: PopFacts, outcome: Outcome): Promise<Answer> {
    return answerOf(await audit.append(resultEntry(facts, outcome, latencyOf(pop, clock), []), 'written'));
  }

  /** Webhooks hear of the pop for which it waited. */
  async function giveUp(pop: Admitted, facts: PopFacts, code: ErrorCode, detail: string): Promise<never> {
    await note(pop, facts, { status: 'failed', code, mayHaveArrived: false });
    throw errorOf(pop, new PopError(code, detail));
  }
}

/** Whether a person has asked for the page: that is of no call. */
function isWish({ trigger }: Admitted): boolean {
  return trigger.phase === 'manual';
}

/** Whether what popped before this start decides about the pop. */
function needsPast(pop: Admitted): boolean {
  const { interactionId, call } = pop.trigger;
  return !pop.isNewKey || (!isWish(pop) && (interactionId !== undefined || call !== undefined));
}
