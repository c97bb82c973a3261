/** What the log says of pops: that one is about to be sent, how it ended at each of several destinations, and as a whole. */
import type { AuditEntry } from './audit.ts';
import type { NewAuditEntry } from './new-entry.ts';

/** What is known of a pop before it is sent. */
export interface PopFacts
  extends Pick<
    AuditEntry,
    | 'userId'
    | 'idempotencyKey'
    | 'destinationKey'
    | 'application'
    | 'client'
    | 'endpoint'
    | 'destination'
    | 'destinations'
    | 'target'
    | 'fingerprint'
    | 'interaction'
    | 'party'
    | 'phase'
  > {
  readonly popId: string;
}

/** Of a pop that has come over from a log which a reset has sealed: where it stood there. */
interface CarriedOver {
  readonly carriedOver?: { readonly seq: number; readonly sealed: string };
}

/** A pop is about to be sent. */
export interface Intent extends PopFacts, CarriedOver {
  readonly kind: 'intent';
}

/** How sending came out. */
interface End
  extends Pick<
    AuditEntry,
    | 'reason'
    | 'code'
    | 'windowFocused'
    | 'duplicate'
    | 'attempts'
    | 'latencyMs'
    | 'phases'
    | 'correlationId'
    | 'mayHaveArrived'
  > {
  readonly status: 'delivered' | 'suppressed' | 'expired' | 'failed' | 'unknown';
}

/** How a pop ended at one of several destinations. */
export interface DeliveryEnd extends PopFacts, CarriedOver, End {
  readonly kind: 'delivery';
  readonly destination: string;
}

/** How a pop ended; one that was never sent has no intent. */
export interface Result extends PopFacts, CarriedOver, End {
  readonly kind: 'result';
  /** Those that are told of it. */
  readonly webhooks: readonly string[];
}

/** What is not known of how a pop ends, as long as it has not. */
const UNDER_WAY = {
  status: null,
  reason: null,
  code: null,
  windowFocused: null,
  duplicate: false,
  attempts: 0,
  latencyMs: null,
  phases: null,
  correlationId: null,
  mayHaveArrived: null,
  webhooks: [],
} as const;

export function intentEntry(intent: Intent): NewAuditEntry {
  return popEntry('intent', intent, UNDER_WAY);
}

export function deliveryEntry(delivery: DeliveryEnd): NewAuditEntry {
  return popEntry('delivery', delivery, { ...delivery, webhooks: [] });
}

export function resultEntry(result: Result): NewAuditEntry {
  return popEntry('result', result, result);
}

/** Member by member, here and below: this is done for each pop, and to spread objects takes a hundred times as long. */
function popEntry(
  type: 'intent' | 'delivery' | 'result',
  facts: PopFacts & CarriedOver,
  end: Omit<End, 'status'> & { status: End['status'] | null } & Pick<Result, 'webhooks'>,
): NewAuditEntry {
  const { status, windowFocused } = end;
  return {
    type,
    popId: facts.popId,
    userId: facts.userId,
    idempotencyKey: facts.idempotencyKey,
    destinationKey: facts.destinationKey,
    application: facts.application,
    client: facts.client,
    endpoint: facts.endpoint,
    destination: facts.destination,
    destinations: facts.destinations,
    target: facts.target,
    status,
    reason: end.reason,
    code: end.code,
    success: status === null || status === 'unknown' ? null : status === 'delivered',
    focusTracked: windowFocused !== null,
    windowFocused,
    duplicate: end.duplicate,
    attempts: end.attempts,
    latencyMs: end.latencyMs,
    phases: end.phases,
    correlationId: end.correlationId,
    fingerprint: facts.fingerprint,
    interaction: facts.interaction,
    party: facts.party,
    phase: facts.phase,
    mayHaveArrived: end.mayHaveArrived,
    webhooks: [...end.webhooks],
    detail: sayOrigin(facts),
    change: null,
    errors: null,
  };
}

/** Undefined for one of no pop. */
export function intentIn(entry: NewAuditEntry): Intent | undefined {
  const { popId } = entry;
  if (popId === null) return undefined;
  const intent: Intent = {
    kind: 'intent',
    popId,
    userId: entry.userId,
    idempotencyKey: entry.idempotencyKey,
    destinationKey: entry.destinationKey,
    application: entry.application,
    client: entry.client,
    endpoint: entry.endpoint,
    destination: entry.destination,
    destinations: entry.destinations,
    target: entry.target,
    fingerprint: entry.fingerprint,
    interaction: entry.interaction,
    party: entry.party,
    phase: entry.phase,
  };
  return withOrigin(intent, entry);
}

/** Undefined for one of no pop, without an end, or that does not say where. */
export function deliveryIn(entry: NewAuditEntry): DeliveryEnd | undefined {
  const { destination } = entry;
  const { webhooks: _, ...end } = resultIn(entry) ?? {};
  return destination !== null && 'kind' in end ? { ...end, kind: 'delivery', destination } : undefined;
}

/** Undefined for one of no pop, or without an end. */
export function resultIn(entry: NewAuditEntry): Result | undefined {
  const { popId, status } = entry;
  if (popId === null || status === null || status === 'refused') return undefined;
  const result: Result = {
    kind: 'result',
    popId,
    userId: entry.userId,
    idempotencyKey: entry.idempotencyKey,
    destinationKey: entry.destinationKey,
    application: entry.application,
    client: entry.client,
    endpoint: entry.endpoint,
    destination: entry.destination,
    destinations: entry.destinations,
    target: entry.target,
    fingerprint: entry.fingerprint,
    interaction: entry.interaction,
    party: entry.party,
    phase: entry.phase,
    status,
    reason: entry.reason,
    code: entry.code,
    windowFocused: entry.windowFocused,
    duplicate: entry.duplicate,
    attempts: entry.attempts,
    latencyMs: entry.latencyMs,
    phases: entry.phases,
    correlationId: entry.correlationId,
    mayHaveArrived: entry.mayHaveArrived,
    webhooks: entry.webhooks,
  };
  return withOrigin(result, entry);
}

const ORIGIN = /^carried over: entry (\d{1,15}) of (.+)$/s;

function sayOrigin({ carriedOver }: CarriedOver): string | null {
  return carriedOver ? `carried over: entry ${carriedOver.seq} of ${carriedOver.sealed}` : null;
}

function withOrigin<Event extends Intent | Result>(event: Event, { detail }: NewAuditEntry): Event {
  const [, seq, sealed] = (detail === null ? null : ORIGIN.exec(detail)) ?? [];
  return sealed === undefined ? event : { ...event, carriedOver: { seq: Number(seq), sealed } };
}
