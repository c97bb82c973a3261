/** What happened, by the log: each kind of event is made an entry, and read from one, here alone. */
import type { Change } from './change.ts';
import { type NewAuditEntry, newEntry } from './new-entry.ts';
import {
  type DeliveryEnd,
  deliveryEntry,
  deliveryIn,
  type Intent,
  intentEntry,
  intentIn,
  type Result,
  resultEntry,
  resultIn,
} from './pop-events.ts';
import { type Refused, refusedEntry, refusedIn } from './refused-event.ts';

/** A segment begins, behind `count` entries of which the last one has that MAC, in base64. */
interface Opened {
  readonly kind: 'opened';
  readonly segment: number;
  readonly count: number;
  readonly mac: string;
}

/** The end of the log was mended, after a crash or other hands. */
interface Recovered {
  readonly kind: 'recovered';
  readonly mended: string;
}

/** The log is not what was signed. */
interface Inconsistent {
  readonly kind: 'inconsistent';
  readonly reason: string;
}

/** A message was taken or given up, or its receiver has said that it is gone, which stops the webhook. */
interface WebhookEnded {
  readonly kind: 'webhook';
  readonly what: 'ended';
  readonly popId: string;
  readonly webhook: string;
  readonly status: 'delivered' | 'failed' | 'refused';
  readonly code: string | null;
  readonly attempts: number;
}

/** A person sends a message again that was given up, which starts a stopped webhook. */
interface WebhookResent {
  readonly kind: 'webhook';
  readonly what: 'resent';
  readonly popId: string;
  readonly webhook: string;
  readonly client: string | null;
}

/** A stopped webhook has another address, where there may be somebody. */
interface WebhookRestarted {
  readonly kind: 'webhook';
  readonly what: 'restarted';
  readonly webhook: string;
}

/** The pop `first` was shown again by hand. */
interface Repeated {
  readonly kind: 'repeated';
  readonly popId: string;
  readonly first: string;
  readonly client: string | null;
}

/** Retention has removed the entries up to that one; the signed note repeats its number. */
interface Removed {
  readonly kind: 'removed';
  readonly upTo: number;
  readonly note: string;
}

/** Who has administered what; `noted` where that has waited beside the log, `said` by a reset of what it found. */
interface Changed {
  readonly kind: 'changed';
  readonly client: string | null;
  readonly change: Change;
  readonly noted?: { readonly id: string; readonly at: string };
  readonly said?: string;
}

export type WebhookEvent = WebhookEnded | WebhookResent | WebhookRestarted;

export type LogEvent =
  | Opened
  | Recovered
  | Inconsistent
  | Intent
  | DeliveryEnd
  | Result
  | Refused
  | WebhookEvent
  | Repeated
  | Removed
  | Changed;

/** The entry that says so. */
export function entryOf(event: LogEvent): NewAuditEntry {
  switch (event.kind) {
    case 'opened':
      return newEntry('opened', {
        detail: `segment ${event.segment} continues ${event.count} at ${event.mac}`,
      });
    case 'recovered':
      return newEntry('recovered', { detail: event.mended });
    case 'inconsistent':
      return newEntry('inconsistent', { detail: event.reason });
    case 'intent':
      return intentEntry(event);
    case 'delivery':
      return deliveryEntry(event);
    case 'result':
      return resultEntry(event);
    case 'refused':
      return refusedEntry(event);
    case 'webhook':
      return webhookEntry(event);
    case 'repeated':
      return newEntry('repeated', { popId: event.popId, detail: event.first, client: event.client });
    case 'removed':
      return newEntry('removed', { detail: event.note });
    case 'changed': {
      const { client, change, noted, said } = event;
      const detail = noted ? `noted at ${noted.at}` : (said ?? null);
      return newEntry('changed', { client, change, correlationId: noted?.id ?? null, detail });
    }
  }
}

/** What an entry says; undefined where it is none that `entryOf` has made. */
export function eventOf(entry: NewAuditEntry): LogEvent | undefined {
  const { type, popId, client, detail } = entry;
  switch (type) {
    case 'intent':
      return intentIn(entry);
    case 'delivery':
      return deliveryIn(entry);
    case 'result':
      return resultIn(entry);
    case 'refused':
      return refusedIn(entry);
    case 'changed':
      return changedIn(entry);
  }
  if (detail === null) return undefined;
  switch (type) {
    case 'opened':
      return openedIn(detail);
    case 'recovered':
      return { kind: 'recovered', mended: detail };
    case 'inconsistent':
      return { kind: 'inconsistent', reason: detail };
    case 'webhook':
      return webhookEventIn(entry, detail);
    case 'repeated':
      return popId === null ? undefined : { kind: 'repeated', popId, first: detail, client };
    case 'removed':
      return removedIn(detail);
  }
}

const OPENING = /^segment (\d{1,7}) continues (\d{1,15}) at ([A-Za-z0-9+/]{43}=)$/;

function openedIn(detail: string): Opened | undefined {
  const [, segment, count, mac] = OPENING.exec(detail) ?? [];
  return mac === undefined
    ? undefined
    : { kind: 'opened', segment: Number(segment), count: Number(count), mac };
}

function removedIn(note: string): Removed | undefined {
  const [, count = ''] = note.split('\n', 2);
  return /^[1-9]\d{0,14}$/.test(count) ? { kind: 'removed', upTo: Number(count), note } : undefined;
}

function webhookEntry(event: WebhookEvent): NewAuditEntry {
  const { webhook: detail } = event;
  if (event.what === 'restarted') return newEntry('webhook', { detail });
  const { popId } = event;
  if (event.what === 'resent') return newEntry('webhook', { popId, detail, client: event.client });
  const { status, code, attempts } = event;
  return newEntry('webhook', { popId, detail, status, success: status === 'delivered', code, attempts });
}

function webhookEventIn(entry: NewAuditEntry, webhook: string): WebhookEvent | undefined {
  const { popId, status, code, attempts, client } = entry;
  if (popId === null) return status === null ? { kind: 'webhook', what: 'restarted', webhook } : undefined;
  if (status === null) return { kind: 'webhook', what: 'resent', popId, webhook, client };
  if (status !== 'delivered' && status !== 'failed' && status !== 'refused') return undefined;
  return { kind: 'webhook', what: 'ended', popId, webhook, status, code, attempts };
}

function changedIn({ client, change, correlationId: id, detail }: NewAuditEntry): Changed | undefined {
  if (change === null) return undefined;
  const at = id === null || detail === null ? undefined : /^noted at (.+)$/s.exec(detail)?.[1];
  if (id !== null && at !== undefined) return { kind: 'changed', client, change, noted: { id, at } };
  return { kind: 'changed', client, change, ...(detail !== null && { said: detail }) };
}
