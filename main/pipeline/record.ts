/** What a pop leaves in the audit log, and the reply that follows from it. */
import type { AuditEntry, DestinationEnd, LatencyPhases } from '../../shared/audit.ts';
import { entryOf } from '../../shared/log-events.ts';
import type { NewAuditEntry } from '../../shared/new-entry.ts';
import type { DeliveryEnd, PopFacts, Result } from '../../shared/pop-events.ts';
import type { SuppressionReason, TriggerReply } from '../../shared/trigger.ts';
import { repliesOf } from './destination-ends.ts';
import type { ErrorCode } from './errors.ts';
import type { Answer, Call, Clock } from './ports.ts';

/** How a pop ended. */
export interface Outcome {
  readonly status: Result['status'];
  readonly reason?: SuppressionReason;
  readonly code?: ErrorCode;
  readonly windowFocused?: boolean | null;
  readonly duplicate?: boolean;
  readonly attempts?: number;
  /** Where it was sent and not delivered: whether it may have been shown all the same. */
  readonly mayHaveArrived?: boolean;
  readonly correlationId?: string | null;
  readonly phases?: LatencyPhases;
  /** How it ended at each, where it goes to several. */
  readonly destinations?: readonly DestinationEnd[];
}

/** `latencyMs` runs from the receipt of the trigger to the end; `webhooks` are the ids of those to be told. */
export function resultEntry(
  facts: PopFacts,
  outcome: Outcome,
  latencyMs: number | null,
  webhooks: readonly string[],
): NewAuditEntry {
  return entryOf({
    ...facts,
    kind: 'result',
    ...endOf(outcome, latencyMs),
    destinations: outcome.destinations ? [...outcome.destinations] : facts.destinations,
    webhooks: isTold(outcome) ? webhooks : [],
  });
}

/** How it ended at one of several destinations. */
export function deliveryEntry(
  facts: PopFacts & Pick<DeliveryEnd, 'destination'>,
  outcome: Outcome,
  latencyMs: number,
): NewAuditEntry {
  return entryOf({ ...facts, kind: 'delivery', ...endOf(outcome, latencyMs) });
}

function endOf(outcome: Outcome, latencyMs: number | null) {
  return {
    status: outcome.status,
    reason: outcome.reason ?? null,
    code: outcome.code ?? null,
    windowFocused: outcome.windowFocused ?? null,
    duplicate: outcome.duplicate ?? false,
    attempts: outcome.attempts ?? 0,
    latencyMs,
    phases: outcome.phases ?? null,
    correlationId: outcome.correlationId ?? null,
    mayHaveArrived: outcome.mayHaveArrived ?? null,
  };
}

/** Of an outcome that only a crash has left unknown, webhooks hear nothing. */
function isTold({ status, code }: Outcome): boolean {
  return status === 'delivered' || status === 'failed' || code === 'outcome_unknown';
}

/** The 200 body, a function of the entry alone, so that a replay is the same to the byte. */
export function replyOf(entry: AuditEntry): string {
  const reply = {
    status: entry.status,
    latencyMs: entry.latencyMs,
    windowFocused: entry.windowFocused,
    idempotencyKey: entry.idempotencyKey,
    popId: entry.popId,
    duplicate: entry.duplicate,
    ...(entry.reason !== null && { reason: entry.reason }),
    ...(entry.destinations && { destinations: repliesOf(entry.destinations) }),
  } as TriggerReply;
  return JSON.stringify(reply);
}

/** The answer that follows from an entry which has just been written. */
export function answerOf(entry: AuditEntry): Answer {
  return { body: replyOf(entry), replayed: false };
}

/** From the receipt of the trigger to now, in milliseconds. */
export function latencyOf({ receivedAt }: Call, clock: Clock): number {
  return roundMs(clock.monotonic() - receivedAt);
}

/** Milliseconds to the microsecond. */
export function roundMs(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
