/** What the log says of requests that were turned away. */
import type { AuditEntry } from './audit.ts';
import { type NewAuditEntry, newEntry } from './new-entry.ts';

/** A request was turned away; `folded`: how many, where the entry stands for those that have none of their own. */
export interface Refused
  extends Pick<
    AuditEntry,
    'client' | 'endpoint' | 'userId' | 'idempotencyKey' | 'code' | 'latencyMs' | 'errors'
  > {
  readonly kind: 'refused';
  readonly folded: number | null;
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

function foldedIn(detail: string | null): number | null {
  const count = detail === null ? undefined : FOLDED.exec(detail)?.[1];
  return count === undefined ? null : Number(count);
}

/** How many refusals an entry stands for; any other stands for itself. */
export function refusalsIn({ type, detail }: Pick<AuditEntry, 'type' | 'detail'>): number {
  return type === 'refused' ? (foldedIn(detail) ?? 1) : 1;
}
