/** What the store says of a log, for one that is in memory, newest first. */
import type { ApiRequest, ApiResponse } from '../../shared/api.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import { entryWith } from './fake-log.ts';

/** Pops and refusals alone, as in the history. */
export function pageOf(
  log: readonly AuditEntry[],
  { filter, offset, limit }: ApiRequest<'auditQuery'>,
): ApiResponse<'auditQuery'> {
  const history = log.filter(({ type }) => type === 'result' || type === 'refused');
  const found = history.filter((entry) => fits(entry, filter));
  return { total: found.length, entries: found.slice(offset, offset + limit) };
}

/** A result that stands alone gets what would have stood before and behind it. */
export function storyOf(log: readonly AuditEntry[], popId: string): ApiResponse<'popStory'> {
  const isRepeat = (entry: AuditEntry) => entry.type === 'repeated' && entry.detail === popId;
  const own = log.filter((entry) => entry.popId === popId || isRepeat(entry)).reverse();
  const result = own.find(({ type }) => type === 'result');
  const intent = result && !own.some(({ type }) => type === 'intent') ? [intentOf(result)] : [];
  const told =
    result?.webhooks.map((detail) =>
      entryWith(result.seq, Date.parse(result.timestamp) + 40, {
        type: 'webhook',
        popId,
        status: 'delivered',
        detail,
        attempts: 1,
      }),
    ) ?? [];
  return { entries: [...intent, ...own, ...told], canSendAgain: own.length > 0 };
}

function intentOf(result: AuditEntry): AuditEntry {
  const at = Date.parse(result.timestamp) - Math.round(result.latencyMs ?? 0);
  return { ...result, timestamp: new Date(at).toISOString(), type: 'intent', status: null, code: null };
}

function fits(entry: AuditEntry, filter: ApiRequest<'auditQuery'>['filter']): boolean {
  const at = Date.parse(entry.timestamp);
  return (
    (filter.types?.includes(entry.type) ?? true) &&
    (filter.userId === undefined || (entry.userId?.startsWith(filter.userId) ?? false)) &&
    (filter.application === undefined || entry.application === filter.application) &&
    (filter.status === undefined || entry.status === filter.status) &&
    (filter.from === undefined || at >= filter.from) &&
    (filter.to === undefined || at <= filter.to)
  );
}
