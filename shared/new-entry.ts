/** An entry that is not in the log yet. No schema stands here: the dashboard, which may not eval, reads entries too. */
import type { AuditEntry } from './audit.ts';

/** An entry before the log has numbered and dated it. */
export type NewAuditEntry = Omit<AuditEntry, 'seq' | 'timestamp' | 'boot' | 'uptimeMs' | 'keyId'> & {
  /** When it was first written, of one that comes over from a sealed log. */
  readonly carried?: Pick<AuditEntry, 'timestamp' | 'boot' | 'uptimeMs'>;
};

/** It says nothing yet. */
export const BLANK: NewAuditEntry = {
  type: 'refused',
  popId: null,
  userId: null,
  idempotencyKey: null,
  destinationKey: null,
  application: null,
  client: null,
  endpoint: null,
  destination: null,
  destinations: null,
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
  party: null,
  phase: null,
  mayHaveArrived: null,
  webhooks: [],
  detail: null,
  change: null,
  errors: null,
};

/** An entry of a type, with what is known; all else says that there is nothing to say. What it means: log-events.ts. */
export function newEntry(type: NewAuditEntry['type'], known: Partial<NewAuditEntry>): NewAuditEntry {
  return { ...BLANK, ...known, type };
}
