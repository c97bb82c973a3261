/** Entries as comma-separated values (RFC 4180). */
import { type AuditEntry, auditColumns } from '../../../shared/audit.ts';

/** The first line: the columns' names. */
export const CSV_HEADER = `${auditColumns.join(',')}\r\n`;

/** One entry, in the columns' order. */
export function csvLine(entry: AuditEntry): string {
  return `${auditColumns.map((column) => csvField(entry[column])).join(',')}\r\n`;
}

/** Where a cell begins for a spreadsheet whose cells end at semicolons or tabs: to it, quotes within are none. */
const FORMULA_WITHIN = /([;\t\r\n]["'\s]*)(?=[=+\-@])/g;

/** A text that a spreadsheet would run as a formula gets an apostrophe first, as OWASP advises. */
function csvField(value: unknown): string {
  if (value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const first = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  const safe = first.replace(FORMULA_WITHIN, "$1'");
  return /[",;\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
