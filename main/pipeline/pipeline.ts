/**
 * From a trigger to a pop. Read this first: the steps stand here in order, each in a file of its own name.
 *
 * admit → check target → inject context → sign → record the intent → deliver → record the result.
 * Notifying follows from the recorded result: the log's readers (history, metrics, webhooks) get every entry.
 */
import type { AuditEntry, NewAuditEntry } from '../../shared/audit.ts';
import { type Admitted, admit, holdBack, interactionDigest } from './admit.ts';
import { checkExtension, checkTarget, findApplication, requireFrameable } from './check-target.ts';
import { createDedupe } from './dedupe.ts';
import { type Delivery, deliver } from './deliver.ts';
import { PopError } from './errors.ts';
import { createIdempotency } from './idempotency.ts';
import { injectContext } from './inject-context.ts';
import type {
  Answer,
  AuditLog,
  Call,
  Clock,
  Digest,
  FramingCheck,
  History,
  HttpClient,
  Ids,
  Outlet,
  Pipeline,
  PipelineConfig,
  Random,
} from './ports.ts';
import { intentEntry, type Outcome, type PopFacts, replyOf, resultEntry } from './record.ts';
import { sign } from './sign.ts';

export interface PipelineDeps {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly digest: Digest;
  readonly audit: AuditLog;
  readonly history: History;
  readonly http: HttpClient;
  readonly config: () => PipelineConfig;
  readonly outlet: () => Outlet;
  readonly framing: FramingCheck;
  /** Hears of every trigger that is about to be run or joined. */
  readonly onAdmitted?: (pop: Admitted) => void;
  /** Aborted when waiting pops must end now. */
  readonly stopping: AbortSignal;
}

export function createPipeline(deps: PipelineDeps): Pipeline {
  const { clock, digest, audit, history } = deps;
  const idempotency = createIdempotency(deps);
  const dedupe = createDedupe(deps, deps.config().dedupeWindowMs);

  return {
    async handle(call) {
      const pop = admit(call, deps);
      deps.onAdmitted?.(pop);
      if (history.loading && needsPast(pop)) await past(history.loading);
      return idempotency.once(pop.idempotencyKey, pop.isNewKey, pop.fingerprint, () => run(pop));
    },
    underWay: () => idempotency.underWay(),
    idle: () => idempotency.idle(),
  };

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

  async function run(pop: Admitted): Promise<Answer> {
    const { trigger } = pop;
    const config = deps.config();

    const application = findApplication(config.applications, trigger.application);
    const target = checkTarget(application);
    const framing = deps.framing(application);
    if (framing) requireFrameable(await framing);
    const { destination, signingKey } = requireOutlet();

    const interaction = interactionDigest(trigger, application.id, digest);
    const facts: PopFacts = {
      popId: pop.popId,
      userId: trigger.userId,
      idempotencyKey: pop.idempotencyKey,
      application: application.id,
      client: pop.client,
      endpoint: null,
      target,
      fingerprint: pop.fingerprint,
      interaction,
    };
    const held = holdBack(pop, interaction, config, { clock, dedupe });
    if (held) {
      const entry = resultEntry(facts, held, latencyOf(pop), config.webhooks);
      return answer(await audit.append(entry, 'written'));
    }

    let isShown = false;
    try {
      const uri = injectContext(application.baseUri, trigger);
      const state = { ...application.state, ...trigger.state };
      checkExtension(config.matrices.get(application.id), { client: trigger.client, uri, state });
      const request = destination.request({
        popId: pop.popId,
        idempotencyKey: pop.idempotencyKey,
        userId: trigger.userId,
        applicationId: application.id,
        uri,
        state,
      });
      const signed = sign(request, signingKey);
      const sentFacts = { ...facts, endpoint: request.url };
      await audit.append(intentEntry(sentFacts), 'durable');
      pop.onAccepted?.(pop);

      const queueMs = latencyOf(pop);
      const plan = {
        destination,
        signingKey,
        attemptTimeoutMs: config.attemptTimeoutMs,
        deadlineAt: pop.receivedAt + config.totalDeadlineMs,
        expiresAt: trigger.expiresAt === undefined ? undefined : Date.parse(trigger.expiresAt),
        stopping: deps.stopping,
      };
      const delivery = await deliver(signed, plan, deps);
      isShown = delivery.status === 'delivered';
      const latencyMs = latencyOf(pop);
      const outcome = outcomeOf(delivery, latencyMs, queueMs);
      const result = await recordResult(pop, resultEntry(sentFacts, outcome, latencyMs, config.webhooks));
      if (delivery.error) throw errorOf(pop, delivery.error);
      return answer(result);
    } finally {
      if (interaction !== null && !isShown) dedupe.release(interaction, pop.popId);
    }
  }

  function requireOutlet() {
    const outlet = deps.outlet();
    if ('missing' in outlet) throw new PopError('not_configured', outlet.missing);
    return outlet;
  }

  function latencyOf({ receivedAt }: Call): number {
    return roundMs(clock.monotonic() - receivedAt);
  }

  /** The intent stands in the log, so the next start knows of the pop whose end could not be written. */
  async function recordResult(pop: Admitted, entry: NewAuditEntry): Promise<AuditEntry> {
    try {
      return await audit.append(entry, 'written');
    } catch (cause) {
      const { popId, idempotencyKey } = pop;
      const detail = `the pop is ${entry.status}, but the audit log could not take that down`;
      throw new PopError('audit_unavailable', detail, { popId, idempotencyKey, cause });
    }
  }
}

/** Whether what popped before this start decides about the pop. */
function needsPast({ isNewKey, trigger }: Admitted): boolean {
  return !isNewKey || trigger.interactionId !== undefined;
}

function outcomeOf(delivery: Delivery, latencyMs: number, queueMs: number): Outcome {
  const { status, attempts, tokenMs, correlationId, windowFocused, duplicate, error } = delivery;
  const token = roundMs(tokenMs);
  const phases = { queue: queueMs, token, delivery: roundMs(latencyMs - queueMs - token) };
  const code = error && { code: error.code };
  return { status, attempts, correlationId, windowFocused, duplicate, phases, ...code };
}

function answer(entry: AuditEntry): Answer {
  return { body: replyOf(entry), replayed: false };
}

function errorOf({ popId, idempotencyKey }: Admitted, { code, message, details }: PopError): PopError {
  return new PopError(code, message, { ...details, popId, idempotencyKey });
}

/** Milliseconds to the microsecond. */
function roundMs(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
