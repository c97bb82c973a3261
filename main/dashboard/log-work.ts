/** Long work on the log that lets pops pass: a pop's story, the check of the chain, the export. */
import type { ApiRequest, exportFormats } from '../../shared/api.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import { CSV_HEADER, csvLine } from '../audit/csv.ts';
import type { Evidence } from '../audit/evidence.ts';
import { readEntries } from '../audit/reader.ts';
import { type Verdict, verifySteps } from '../audit/verify.ts';

/** A pop's other entries are this near to its result in the log. */
const STORY_BEFORE = 2000;
const STORY_AFTER = 5000;
/** Pops pass after this many entries. */
const SLICE = 500;

/** The entries of the pop whose result is `result`, oldest first. */
export async function readStory(auditDir: string, { popId, seq }: AuditEntry): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = [];
  for await (const entry of gently(readEntries(auditDir, Math.max(1, seq - STORY_BEFORE)))) {
    if (entry.popId === popId) entries.push(entry);
    if (entry.seq > seq + STORY_AFTER) break;
  }
  return entries;
}

/** Without evidence nothing can be said. `onProgress` hears how many entries have been checked. */
export async function verifyGently(
  auditDir: string,
  evidence: Evidence | undefined,
  onProgress: (entries: number) => void,
): Promise<Verdict> {
  if (!evidence) return { verdict: 'no-key', entries: 0, segments: 0, macs: 0, vouched: 0, removed: 0 };
  const steps = verifySteps(auditDir, evidence);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    onProgress(value);
    await breath();
  }
}

/** The log as text, piece by piece, oldest first. */
export async function* exportEntries(
  auditDir: string,
  format: keyof typeof exportFormats,
  filter: ApiRequest<'auditQuery'>['filter'],
): AsyncGenerator<string> {
  if (format === 'csv') yield CSV_HEADER;
  for await (const entry of gently(readEntries(auditDir))) {
    if (fits(entry, filter)) yield format === 'csv' ? csvLine(entry) : `${JSON.stringify(entry)}\n`;
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

async function* gently<T>(items: Iterable<T>): AsyncGenerator<T> {
  let count = 0;
  for (const item of items) {
    yield item;
    count += 1;
    if (count % SLICE === 0) await breath();
  }
}

function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
