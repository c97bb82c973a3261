/** Entries as comma-separated values (RFC 4180). */
import { type AuditEntry, auditColumns } from '../../shared/audit.ts';

/** The first line: the columns' names. */
export const CSV_HEADER = `${auditColumns.join(',')}\r\n`;

/** One entry, in the columns' order. */
export function csvLine(entry: AuditEntry): string {
  return `${auditColumns.map((column) => csvField(entry[column])).join(',')}\r\n`;
}

/** A text that a spreadsheet would run as a formula gets an apostrophe first, as OWASP advises. */
function csvField(value: unknown): string {
  if (value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
