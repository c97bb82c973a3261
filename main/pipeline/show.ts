/** A pop whose turn it is: the checks, the bytes, the intent, the deliveries and their result. */
import type { AuditEntry, DestinationEnd } from '../../shared/audit.ts';
import { entryOf } from '../../shared/log-events.ts';
import type { NewAuditEntry } from '../../shared/new-entry.ts';
import type { PopFacts } from '../../shared/pop-events.ts';
import type { Admitted } from './admit.ts';
import { type DeliverDeps, deliver } from './deliver.ts';
import { deliverAll, type Ended, endOf, wholeOf } from './deliver-all.ts';
import { type Delivery, notSent } from './delivery.ts';
import { cutOff, endAt, repliesOf, unsent } from './destination-ends.ts';
import { PopError } from './errors.ts';
import type { Answer, AuditLog, FramingCheck, Outlet, Seal } from './ports.ts';
import { type Part, prepareParts, type ToPrepare } from './prepare-parts.ts';
import { answerOf, deliveryEntry, latencyOf, type Outcome, resultEntry, roundMs } from './record.ts';
import { isRequired } from './route.ts';

export interface ShowDeps extends DeliverDeps {
  readonly audit: AuditLog;
  readonly outlets: () => readonly Outlet[];
  readonly framing: FramingCheck;
  readonly seal: Seal;
  /** Aborted when waiting pops must end now. */
  readonly stopping: AbortSignal;
  /** Hears how each delivery ended. */
  readonly onEnd?: (destination: string, delivery: Delivery) => void;
}

export interface Showing extends ToPrepare {
  readonly facts: PopFacts;
  /** Hears what has become of the pop, once that is in the log. */
  readonly settle: (ends: readonly DestinationEnd[], isDelivered: boolean) => void;
}

/** Returns what shows a page, or throws PopError. */
export function createShow(deps: ShowDeps): (showing: Showing) => Promise<Answer> {
  const { clock, audit } = deps;

  return async (showing) => {
    let ends: readonly DestinationEnd[] = [];
    let isDelivered = false;
    try {
      const { pop, config, turn } = showing;
      const parts = await prepareParts(showing, deps);
      const before = endsBefore(showing);
      const facts = sentFacts(showing, parts, before);
      await audit.append(entryOf({ ...facts, kind: 'intent' }), 'durable');
      pop.onAccepted?.(pop);

      const queueMs = latencyOf(pop, clock);
      // Until the deliveries say more.
      ends = before.map((end) => (turn.outlets.some(({ id }) => id === end.id) ? cutOff(end) : end));
      const until = { now: () => clock.monotonic(), deadlineAt: pop.receivedAt + config.totalDeadlineMs };
      const ended = await deliverAll(parts, turn.route, until, async (part, deadlineAt, isLast) => {
        const delivery = await deliverOne(part, showing, deadlineAt);
        deps.onEnd?.(part.outlet.id, delivery);
        const one = { outlet: part.outlet, delivery, latencyMs: latencyOf(pop, clock) };
        const isRecorded = facts.destinations === null || (await recordOne(part, one, isLast));
        return { ...one, isRecorded };
      });
      ends = before.map((end) => {
        const one = ended.find(({ outlet }) => outlet.id === end.id);
        return one ? endOf(one, end, before.length === 1) : end;
      });
      const whole = wholeOf(ended, ends);
      isDelivered = whole.status === 'delivered';
      const destinations = facts.destinations && ends;
      const outcome = {
        ...outcomeOf(whole, whole.latencyMs, queueMs),
        ...(destinations && { destinations }),
      };
      const result = await record(pop, resultEntry(facts, outcome, whole.latencyMs, config.webhooks));
      if (whole.error) throw errorOf(pop, whole.error, destinations);
      return answerOf(result);

      /** Whether the log has it. Where another one comes next, also after a power cut: it must not be forgotten then. */
      async function recordOne(
        part: Part,
        one: Omit<Ended, 'isRecorded'>,
        isLast: boolean,
      ): Promise<boolean> {
        const { outlet, delivery, latencyMs } = one;
        const mine = { ...facts, destination: outlet.id, destinations: null, endpoint: endpointOf(part) };
        const entry = deliveryEntry(mine, outcomeOf(delivery, latencyMs, queueMs), latencyMs);
        try {
          await audit.append(entry, isLast ? 'written' : 'durable');
          return true;
        } catch {
          // The result says so, or cannot be written either.
          return false;
        }
      }
    } finally {
      showing.settle(ends, isDelivered);
    }
  };

  async function deliverOne(
    part: Part,
    { pop, config, turn }: Showing,
    deadlineAt: number,
  ): Promise<Delivery> {
    if ('refusal' in part) return notSent(part.refusal);
    const { prepared, destination } = part;
    const { expiresAt } = pop.trigger;
    const plan = {
      destination,
      attemptTimeoutMs: config.attemptTimeoutMs,
      deadlineAt,
      expiresAt: expiresAt === undefined ? undefined : Date.parse(expiresAt),
      withdrawn: turn.withdrawn,
      stopping: deps.stopping,
    };
    return deliver(prepared, plan, deps);
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

/** How the pop stands at each of its destinations: nothing is known yet of those where it is to be sent now. */
function endsBefore({ turn }: Showing): DestinationEnd[] {
  const { route, outlets, before } = turn;
  return route.outlets.map((outlet) => {
    const known = endAt(before, outlet.id);
    if (!known || outlets.includes(outlet)) return unsent(route, outlet, known);
    return { ...known, id: outlet.id, required: isRequired(route, outlet) };
  });
}

/** What is known of a pop that goes to one destination, or to several, which have entries of their own. */
function sentFacts({ facts, turn }: Showing, [first]: readonly Part[], before: DestinationEnd[]): PopFacts {
  const destinationKey = turn.key;
  if (!first || before.length > 1) return { ...facts, destinationKey, destinations: before };
  return { ...facts, destinationKey, destination: first.outlet.id, endpoint: endpointOf(first) };
}

function endpointOf(part: Part): string | null {
  return 'prepared' in part ? part.prepared.endpoint : null;
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

/** A failure as the caller of a pop hears of it; `ends` of one that goes to several destinations. */
export function errorOf(
  { popId, idempotencyKey }: Admitted,
  { code, message, details }: PopError,
  ends: readonly DestinationEnd[] | null = null,
): PopError {
  const destinations = ends ? repliesOf(ends) : undefined;
  return new PopError(code, message, { ...details, popId, idempotencyKey, destinations });
}
