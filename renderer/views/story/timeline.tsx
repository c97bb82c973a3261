/** The entries that a pop left, oldest first. */
import type { AuditEntry } from '../../../shared/audit.ts';
import { eventOf, type LogEvent, type WebhookEvent } from '../../../shared/log-events.ts';
import { plural } from '../../../shared/plural.ts';
import { sayWebhookFailure } from '../../../shared/webhook-failure.ts';
import { textsOf } from '../../codes.ts';
import { hrefOf } from '../../data/address.ts';
import { formatMs } from '../../format.ts';
import { Icon } from '../../parts/icon.tsx';
import { outcomeWord } from '../../parts/outcome.tsx';
import { Time } from '../../parts/time.tsx';

function wordsOf(entry: AuditEntry, event: LogEvent | undefined): string {
  switch (event?.kind) {
    case 'intent':
      return 'Recorded, about to be sent';
    case 'delivery':
      return `${event.destination}: ${wordsOfEnd(event)}`;
    case 'result':
      return wordsOfEnd(event);
    case 'refused': {
      const times = event.folded ?? 1;
      return `Refused${sayCause(event.code)}${times > 1 ? `, ${plural(times, 'time')}` : ''}`;
    }
    case 'webhook':
      return `Webhook ${event.webhook}: ${sayWebhook(event)}`;
    default:
      return entry.detail ?? entry.type;
  }
}

function wordsOfEnd(event: Extract<LogEvent, { kind: 'delivery' | 'result' }>): string {
  const attempts = event.attempts > 0 ? ` after ${plural(event.attempts, 'attempt')}` : '';
  const twice = event.duplicate ? '; the destination had it before' : '';
  return `${outcomeWord(event.status)}${attempts}${sayCause(event.code)}${twice}`;
}

function sayCause(code: string | null): string {
  return code === null ? '' : `: ${textsOf(code).title}`;
}

function sayWebhook(event: WebhookEvent): string {
  if (event.what === 'restarted') return 'started again at its new address';
  if (event.what === 'resent') return 'sent again by hand';
  if (event.status === 'delivered') return 'told';
  if (event.status === 'refused') return 'the receiver is gone';
  return `given up after ${plural(event.attempts, 'attempt')}: ${sayWebhookFailure(event.code)}`;
}

function iconOf({ status }: AuditEntry, event: LogEvent | undefined) {
  if (event?.kind === 'webhook') return 'webhook';
  if (event?.kind === 'intent') return 'note';
  if (event?.kind === 'repeated') return 'again';
  return status ?? 'note';
}

/** Up to this, in milliseconds, the distance from the first entry says more than the time of day. */
const NEAR_MS = 60_000;

/** Leads from each of the two stories to the other. */
function Repeated({ event, popId }: { event: Extract<LogEvent, { kind: 'repeated' }>; popId: string }) {
  const isFirst = event.first === popId;
  return (
    <>
      {isFirst ? 'Sent again by hand as ' : 'Sent by hand, after '}
      <a href={hrefOf('pops', isFirst ? event.popId : event.first)}>
        {isFirst ? 'another pop' : 'the first pop'}
      </a>
    </>
  );
}

/** The first with its time; what follows closely, with how long after it. */
export function Timeline({ entries, popId }: { entries: readonly AuditEntry[]; popId: string }) {
  const began = Date.parse(entries[0]?.timestamp ?? '');
  return (
    <ol class="timeline">
      {entries.map((entry) => {
        const event = eventOf(entry);
        return (
          <li key={entry.seq} class={event?.kind === 'intent' ? '' : `outcome-${entry.status ?? 'note'}`}>
            <Icon name={iconOf(entry, event)} />
            <span>
              {event?.kind === 'repeated' ? <Repeated event={event} popId={popId} /> : wordsOf(entry, event)}
            </span>
            <span class="muted">
              <When entry={entry} began={began} />
            </span>
          </li>
        );
      })}
    </ol>
  );
}

function When({ entry: { timestamp }, began }: { entry: AuditEntry; began: number }) {
  const later = Date.parse(timestamp) - began;
  if (later === 0 || later > NEAR_MS) return <Time value={timestamp} />;
  return (
    <time dateTime={timestamp} title={timestamp}>
      + {later < 1000 ? `${later} ms` : formatMs(later)}
    </time>
  );
}
