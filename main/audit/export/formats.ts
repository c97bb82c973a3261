/** How entries are written in each format of an export. */

import type { AuditEntry } from '../../../shared/audit.ts';
import type { ExportFormat } from '../../../shared/export-formats.ts';
import { CSV_HEADER, csvLine } from './csv.ts';
import { ocsfLine } from './ocsf.ts';

interface Writer {
  /** What comes before the first entry. */
  readonly head: string;
  line(entry: AuditEntry): string;
}

export const writers: Readonly<Record<ExportFormat, Writer>> = {
  csv: { head: CSV_HEADER, line: csvLine },
  jsonl: { head: '', line: (entry) => `${JSON.stringify(entry)}\n` },
  ocsf: { head: '', line: ocsfLine },
};
