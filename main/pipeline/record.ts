/** What a pop leaves in the audit log, and the reply that follows from it. */
import type { AuditEntry, LatencyPhases } from '../../shared/audit.ts';
import type { TriggerReply } from '../../shared/trigger.ts';
import type { ErrorCode } from './errors.ts';
import type { NewAuditEntry } from './ports.ts';

/** A 200: the exact body, and whether it had been given before. */
export interface Answer {
  readonly body: string;
  readonly replayed: boolean;
}

const BLANK: NewAuditEntry = {
  type: 'refused',
  popId: null,
  userId: null,
  idempotencyKey: null,
  application: null,
  client: null,
  endpoint: null,
  target: null,
  status: null,
  reason: null,
  code: null,
  success: null,
  focusTracked: false,
  windowFocused: null,
  duplicate: false,
  attempts: 0,
  latencyMs: null,
  phases: null,
  correlationId: null,
  fingerprint: null,
  interaction: null,
  webhooks: [],
  detail: null,
};

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
  readonly reason?: 'policy' | 'dedupe';
  readonly code?: ErrorCode;
  readonly windowFocused?: boolean | null;
  readonly duplicate?: boolean;
  readonly attempts?: number;
  readonly correlationId?: string | null;
  readonly phases?: LatencyPhases;
}

export function intentEntry(facts: PopFacts): NewAuditEntry {
  return { ...BLANK, ...facts, type: 'intent' };
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
  return {
    ...BLANK,
    ...facts,
    type: 'result',
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
  };
}

/** A trigger that was turned away before it became a pop; a `latencyMs` of null means that none was measured. */
export function refusalEntry(
  code: ErrorCode,
  facts: Partial<PopFacts>,
  latencyMs: number | null,
): NewAuditEntry {
  return { ...BLANK, ...facts, type: 'refused', status: 'refused', code, success: false, latencyMs };
}

/** An entry about the log or a webhook rather than about a pop. */
export function noteEntry(type: NewAuditEntry['type'], about: Partial<NewAuditEntry>): NewAuditEntry {
  return { ...BLANK, ...about, type };
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
