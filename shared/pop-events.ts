/** What the log says of triggers: a pop that is about to be sent, how a pop ended, a request that was turned away. */
import type { AuditEntry } from './audit.ts';
import { type NewAuditEntry, newEntry } from './new-entry.ts';

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

/** How a pop ended; one that was never sent has no intent. */
export interface Result
  extends PopFacts,
    CarriedOver,
    Pick<
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
  readonly kind: 'result';
  readonly status: 'delivered' | 'suppressed' | 'expired' | 'failed' | 'unknown';
  /** Those that are told of it. */
  readonly webhooks: readonly string[];
}

/** A request was turned away; `folded`: how many, where the entry stands for those that have none of their own. */
export interface Refused
  extends Pick<
    AuditEntry,
    'client' | 'endpoint' | 'userId' | 'idempotencyKey' | 'code' | 'latencyMs' | 'errors'
  > {
  readonly kind: 'refused';
  readonly folded: number | null;
}

export function intentEntry(intent: Intent): NewAuditEntry {
  return newEntry('intent', { ...factsOf(intent), detail: sayOrigin(intent) });
}

/** Undefined for one of no pop. */
export function intentIn(entry: NewAuditEntry): Intent | undefined {
  return isOfPop(entry) ? { kind: 'intent', ...factsOf(entry), ...originIn(entry) } : undefined;
}

export function resultEntry(result: Result): NewAuditEntry {
  const { status, windowFocused, webhooks } = result;
  return newEntry('result', {
    ...factsOf(result),
    ...endOf(result),
    status,
    success: status === 'unknown' ? null : status === 'delivered',
    focusTracked: windowFocused !== null,
    webhooks: [...webhooks],
    detail: sayOrigin(result),
  });
}

/** Undefined for one of no pop, or without an end. */
export function resultIn(entry: NewAuditEntry): Result | undefined {
  const { status, webhooks } = entry;
  if (!isOfPop(entry) || status === null || status === 'refused') return undefined;
  return { kind: 'result', ...factsOf(entry), ...endOf(entry), status, webhooks, ...originIn(entry) };
}

export function refusedEntry({ kind: _, folded, ...facts }: Refused): NewAuditEntry {
  const detail = folded === null ? null : `${folded} like this since the entry before`;
  return newEntry('refused', { ...facts, status: 'refused', success: false, detail });
}

export function refusedIn(entry: NewAuditEntry): Refused {
  const { client, endpoint, userId, idempotencyKey, code, latencyMs, errors, detail } = entry;
  const facts = { client, endpoint, userId, idempotencyKey, code, latencyMs, errors };
  return { kind: 'refused', ...facts, folded: foldedIn(detail) };
}

const FOLDED = /^(\d{1,15}) like this since /;

export function foldedIn(detail: string | null): number | null {
  const count = detail === null ? undefined : FOLDED.exec(detail)?.[1];
  return count === undefined ? null : Number(count);
}

function isOfPop(entry: NewAuditEntry): entry is NewAuditEntry & { popId: string } {
  return entry.popId !== null;
}

/** One by one, here and below: this is done for each pop, and a loop over the names takes ten times as long. */
function factsOf(pop: PopFacts): PopFacts {
  return {
    popId: pop.popId,
    userId: pop.userId,
    idempotencyKey: pop.idempotencyKey,
    destinationKey: pop.destinationKey,
    application: pop.application,
    client: pop.client,
    endpoint: pop.endpoint,
    target: pop.target,
    fingerprint: pop.fingerprint,
    interaction: pop.interaction,
    party: pop.party,
    phase: pop.phase,
  };
}

function endOf(pop: Omit<Result, 'kind' | 'status' | 'webhooks' | keyof PopFacts | keyof CarriedOver>) {
  return {
    reason: pop.reason,
    code: pop.code,
    windowFocused: pop.windowFocused,
    duplicate: pop.duplicate,
    attempts: pop.attempts,
    latencyMs: pop.latencyMs,
    phases: pop.phases,
    correlationId: pop.correlationId,
    mayHaveArrived: pop.mayHaveArrived,
  };
}

const ORIGIN = /^carried over: entry (\d{1,15}) of (.+)$/s;

function sayOrigin({ carriedOver }: CarriedOver): string | null {
  return carriedOver ? `carried over: entry ${carriedOver.seq} of ${carriedOver.sealed}` : null;
}

function originIn({ detail }: NewAuditEntry): CarriedOver {
  const [, seq, sealed] = (detail === null ? null : ORIGIN.exec(detail)) ?? [];
  return sealed === undefined ? {} : { carriedOver: { seq: Number(seq), sealed } };
}
