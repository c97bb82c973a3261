import type { AuditEntry } from '../../shared/audit.ts';

/** The outcomes as filters list them: what people look for first. */
export const popOutcomesInOrder = [
  'delivered',
  'failed',
  'refused',
  'suppressed',
  'expired',
  'unknown',
] as const satisfies readonly NonNullable<AuditEntry['status']>[];
