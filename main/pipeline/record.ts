/** What a pop leaves in the audit log, and the reply that follows from it. */
import { type AuditEntry, type LatencyPhases, type NewAuditEntry, newEntry } from '../../shared/audit.ts';
import type { suppressionReasons, TriggerReply } from '../../shared/trigger.ts';
import type { ErrorCode } from './errors.ts';

/** What is known of a pop before it is sent. */
export type PopFacts = Pick<
  NewAuditEntry,
  | 'popId'
  | 'userId'
  | 'idempotencyKey'
  | 'application'
  | 'client'
  | 'endpoint'
  | 'target'
  | 'fingerprint'
  | 'interaction'
>;

/** How a pop ended. */
export interface Outcome {
  readonly status: 'delivered' | 'suppressed' | 'expired' | 'failed' | 'unknown';
  readonly reason?: (typeof suppressionReasons)[number];
  readonly code?: ErrorCode;
  readonly windowFocused?: boolean | null;
  readonly duplicate?: boolean;
  readonly attempts?: number;
  readonly correlationId?: string | null;
  readonly phases?: LatencyPhases;
}

export function intentEntry(facts: PopFacts): NewAuditEntry {
  return newEntry('intent', facts);
}

/** `latencyMs` runs from the receipt of the trigger to now; `webhooks` are the ids of those to be told. */
export function resultEntry(
  facts: PopFacts,
  outcome: Outcome,
  latencyMs: number | null,
  webhooks: readonly string[],
): NewAuditEntry {
  const windowFocused = outcome.windowFocused ?? null;
  const isTold = outcome.status === 'delivered' || outcome.status === 'failed';
  return newEntry('result', {
    ...facts,
    status: outcome.status,
    reason: outcome.reason ?? null,
    code: outcome.code ?? null,
    success: outcome.status === 'unknown' ? null : outcome.status === 'delivered',
    focusTracked: windowFocused !== null,
    windowFocused,
    duplicate: outcome.duplicate ?? false,
    attempts: outcome.attempts ?? 0,
    latencyMs,
    phases: outcome.phases ?? null,
    correlationId: outcome.correlationId ?? null,
    webhooks: isTold ? [...webhooks] : [],
  });
}

/** Whether the entry's key is finished: its answer stands and is replayed. */
export function isFinished({ status }: AuditEntry): boolean {
  return status === 'delivered' || status === 'suppressed' || status === 'expired';
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
  } as TriggerReply;
  return JSON.stringify(reply);
}
