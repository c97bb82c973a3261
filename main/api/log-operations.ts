/** Long work on the log that lets pops pass: a pop's story, the export. */
import type { ApiRequest } from '../../shared/api.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import type { ExportFormat } from '../../shared/export-formats.ts';
import { eventOf } from '../../shared/log-events.ts';
import { writers } from '../audit/export/formats.ts';
import { gently, readEntries } from '../audit/read/entries.ts';

/** A pop's other entries are this near to its result in the log. */
const STORY_BEFORE = 2000;
const STORY_AFTER = 5000;

/** The entries of the pop whose result is `result`, and those that say which pop showed it again, oldest first. */
export async function readStory(auditDir: string, { popId, seq }: AuditEntry): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = [];
  for await (const entry of gently(readEntries(auditDir, Math.max(1, seq - STORY_BEFORE)))) {
    const event = entry.popId === popId ? undefined : eventOf(entry);
    if (entry.popId === popId || (event?.kind === 'repeated' && event.first === popId)) entries.push(entry);
    if (entry.seq > seq + STORY_AFTER) break;
  }
  return entries;
}

/** The log as text, piece by piece, oldest first. */
export async function* exportEntries(
  auditDir: string,
  format: ExportFormat,
  filter: ApiRequest<'auditQuery'>['filter'],
): AsyncGenerator<string> {
  const { head, line } = writers[format];
  if (head !== '') yield head;
  for await (const entry of gently(readEntries(auditDir))) {
    if (fits(entry, filter)) yield line(entry);
  }
}

function fits(entry: AuditEntry, filter: ApiRequest<'auditQuery'>['filter']): boolean {
  const { types, userId, application, status, code, from, to } = filter;
  const at = Date.parse(entry.timestamp);
  return (
    (!types || types.includes(entry.type)) &&
    (!userId || (entry.userId?.startsWith(userId) ?? false)) &&
    (!application || entry.application === application) &&
    (!status || entry.status === status) &&
    (!code || entry.code === code) &&
    (from === undefined || at >= from) &&
    (to === undefined || at < to)
  );
}
