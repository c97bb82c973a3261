/** A pop whose turn it is: the checks, the bytes, the intent, the delivery and its result. */
import type { Application } from '../../shared/application.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import { entryOf } from '../../shared/log-events.ts';
import type { NewAuditEntry } from '../../shared/new-entry.ts';
import type { PopFacts } from '../../shared/pop-events.ts';
import type { Admitted } from './admit.ts';
import type { Ending, Turn } from './call.ts';
import { checkExtension, requireFrameable } from './check-target.ts';
import { type DeliverDeps, deliver } from './deliver.ts';
import type { Delivery } from './delivery.ts';
import { PopError } from './errors.ts';
import { handContext } from './hand-context.ts';
import type { Answer, AuditLog, FramingCheck, Outlet, PipelineConfig, Seal } from './ports.ts';
import { answerOf, latencyOf, type Outcome, resultEntry, roundMs } from './record.ts';

export interface ShowDeps extends DeliverDeps {
  readonly audit: AuditLog;
  readonly outlets: () => readonly Outlet[];
  readonly framing: FramingCheck;
  readonly seal: Seal;
  /** Aborted when waiting pops must end now. */
  readonly stopping: AbortSignal;
  /** Hears how each delivery ended. */
  readonly onEnd?: (delivery: Delivery) => void;
}

export interface Showing {
  readonly pop: Admitted;
  readonly application: Application;
  readonly config: PipelineConfig;
  readonly facts: PopFacts;
  /** Secret: never log it. */
  readonly page: string;
  readonly turn: Extract<Turn, { kind: 'pop' }>;
  /** Hears how far the pop has come, once that is in the log. */
  readonly settle: (ending: Ending) => void;
}

/** Returns what shows a page, or throws PopError. */
export function createShow(deps: ShowDeps): (showing: Showing) => Promise<Answer> {
  const { clock, audit } = deps;

  return async (showing) => {
    let ending: Ending = 'unused';
    try {
      const { pop, application, config, facts, page, turn } = showing;
      const { trigger } = pop;
      const framing = deps.framing(application);
      if (framing) requireFrameable(await framing);
      const { destination } = requireOutlet();
      const uri = await handContext({ application, page, trigger, popId: pop.popId }, deps);
      const state = { ...application.state, ...trigger.state };
      checkExtension(config.matrices.get(application.id), { client: trigger.client, uri, state });
      const prepared = destination.prepare({
        popId: pop.popId,
        idempotencyKey: turn.key,
        userId: trigger.userId,
        applicationId: application.id,
        uri,
        state,
      });
      const sentFacts = { ...facts, endpoint: prepared.endpoint, destinationKey: turn.key };
      await audit.append(entryOf({ ...sentFacts, kind: 'intent' }), 'durable');
      pop.onAccepted?.(pop);

      const queueMs = latencyOf(pop, clock);
      const plan = {
        destination,
        attemptTimeoutMs: config.attemptTimeoutMs,
        deadlineAt: pop.receivedAt + config.totalDeadlineMs,
        expiresAt: trigger.expiresAt === undefined ? undefined : Date.parse(trigger.expiresAt),
        withdrawn: turn.withdrawn,
        stopping: deps.stopping,
      };
      // Until the delivery says more.
      ending = endingOf({ status: 'failed', mayHaveArrived: true }, destination.keepsKeys);
      const delivery = await deliver(prepared, plan, deps);
      ending = endingOf(delivery, destination.keepsKeys);
      deps.onEnd?.(delivery);
      const latencyMs = latencyOf(pop, clock);
      const outcome = outcomeOf(delivery, latencyMs, queueMs);
      const result = await record(pop, resultEntry(sentFacts, outcome, latencyMs, config.webhooks));
      if (delivery.error) throw errorOf(pop, delivery.error);
      return answerOf(result);
    } finally {
      showing.settle(ending);
    }
  };

  function requireOutlet() {
    const [outlet] = deps.outlets();
    if (!outlet) throw new PopError('not_configured', 'no destination is configured');
    if ('missing' in outlet) throw new PopError('not_configured', outlet.missing);
    return outlet;
  }

  /** The intent stands in the log, so the next start knows of the pop whose end could not be written. */
  async function record(pop: Admitted, entry: NewAuditEntry): Promise<AuditEntry> {
    try {
      return await audit.append(entry, 'written');
    } catch (cause) {
      const { popId, idempotencyKey } = pop;
      const detail = `the pop is ${entry.status}, but the audit log could not take that down`;
      throw new PopError('audit_unavailable', detail, { popId, idempotencyKey, cause });
    }
  }
}

function outcomeOf(delivery: Delivery, latencyMs: number, queueMs: number): Outcome {
  const { attempts, tokenMs, correlationId, windowFocused, duplicate, shownMs, mayHaveArrived, error } =
    delivery;
  const token = roundMs(tokenMs);
  const phases = {
    queue: queueMs,
    token,
    delivery: roundMs(latencyMs - queueMs - token),
    ...(shownMs !== undefined && { shown: roundMs(shownMs) }),
  };
  const sent = { attempts, correlationId, windowFocused, duplicate, phases };
  if (delivery.status === 'delivered') return { status: 'delivered', ...sent };
  if (delivery.status === 'withdrawn')
    return { status: 'suppressed', reason: 'ended', ...sent, mayHaveArrived };
  const status = error?.code === 'outcome_unknown' ? 'unknown' : delivery.status;
  return { status, ...sent, mayHaveArrived, ...(error && { code: error.code }) };
}

function endingOf(
  { status, mayHaveArrived }: Pick<Delivery, 'status' | 'mayHaveArrived'>,
  keepsKeys: boolean,
): Ending {
  if (status === 'delivered') return 'delivered';
  if (mayHaveArrived) return keepsKeys ? 'perhaps' : 'lost';
  return status === 'failed' ? 'refused' : 'unused';
}

/** A failure as the caller of a pop hears of it. */
export function errorOf({ popId, idempotencyKey }: Admitted, { code, message, details }: PopError): PopError {
  return new PopError(code, message, { ...details, popId, idempotencyKey });
}
