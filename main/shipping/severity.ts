/** How grave an entry is, in the words that syslog and OpenTelemetry share. */
import type { AuditEntry } from '../../shared/audit.ts';

export type Severity = 'info' | 'notice' | 'warning' | 'error';

/**
 * Failed pops, dead letters and a log that does not fit are errors; what was refused or has an unknown end is a warning; who
 * changes something is worth a notice.
 */
export function severityOf({ type, status }: AuditEntry): Severity {
  if (status === 'failed' || type === 'inconsistent') return 'error';
  if (status === 'refused' || status === 'unknown' || type === 'recovered') return 'warning';
  return type === 'result' || type === 'changed' ? 'notice' : 'info';
}
