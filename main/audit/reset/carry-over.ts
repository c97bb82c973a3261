/** What of a sealed log the new one needs, so that nothing pops twice and no webhook message is lost. */
import type { AuditEntry, NewAuditEntry } from '../../../shared/audit.ts';
import { ageOf, KEY_LIFETIME_MS } from '../../pipeline/idempotency.ts';
import type { Clock } from '../../pipeline/ports.ts';
import { readEntries } from '../read/entries.ts';

/**
 * The entries to carry over, oldest first: intents and results of the last 24 hours, intents without a result, results whose webhook
 * messages wait or were given up, and what became of those. They keep their time. Throws what the file system throws.
 */
export function carryOver(auditDir: string, sealed: string, clock: Clock): NewAuditEntry[] {
  const kept = new Map<number, AuditEntry>();
  const open = new Map<string, AuditEntry>();
  const messages = new Map<string, { result: AuditEntry; webhook: string; end?: AuditEntry }>();
  const stopped = new Map<string, AuditEntry>();
  for (const entry of readEntries(auditDir)) {
    const { seq, type, popId, detail } = entry;
    if ((type === 'intent' || type === 'result') && ageOf(entry, clock) < KEY_LIFETIME_MS)
      kept.set(seq, entry);
    if (type === 'intent' && popId !== null) open.set(popId, entry);
    if (type === 'result' && popId !== null) {
      open.delete(popId);
      for (const webhook of entry.webhooks) messages.set(`${popId} ${webhook}`, { result: entry, webhook });
    }
    if (type === 'webhook' && detail !== null) noteMessage(entry, detail);
  }

  function noteMessage(entry: AuditEntry, webhook: string): void {
    const { popId, status, success } = entry;
    if (status === 'refused') stopped.set(webhook, entry);
    if (status === null) stopped.delete(webhook);
    const name = `${popId} ${webhook}`;
    const message = messages.get(name);
    if (success) messages.delete(name);
    else if (message)
      messages.set(name, { result: message.result, webhook, ...(status !== null && { end: entry }) });
  }

  const waiting = new Map<number, string[]>();
  for (const { result, webhook, end } of messages.values()) {
    kept.set(result.seq, result);
    waiting.set(result.seq, [...(waiting.get(result.seq) ?? []), webhook]);
    if (end) kept.set(end.seq, end);
  }
  for (const entry of [...open.values(), ...stopped.values()]) kept.set(entry.seq, entry);
  return [...kept.values()]
    .sort((a, b) => a.seq - b.seq)
    .map(({ seq, keyId, timestamp, boot, uptimeMs, ...facts }) => ({
      ...facts,
      // Those that were told are not told again.
      webhooks: waiting.get(seq) ?? [],
      detail: facts.type === 'webhook' ? facts.detail : `carried over: entry ${seq} of ${sealed}`,
      carried: { timestamp, boot, uptimeMs },
    }));
}
