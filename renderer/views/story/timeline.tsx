/** The entries that a pop left, oldest first. */
import type { AuditEntry } from '../../../shared/audit.ts';
import { refusalsIn } from '../../../shared/folded-refusals.ts';
import { plural } from '../../../shared/plural.ts';
import { sayWebhookFailure } from '../../../shared/webhook-failure.ts';
import { textsOf } from '../../codes.ts';
import { hrefOf } from '../../data/address.ts';
import { formatMs } from '../../format.ts';
import { Icon } from '../../parts/icon.tsx';
import { outcomeWord } from '../../parts/outcome.tsx';
import { Time } from '../../parts/time.tsx';

function wordsOf(entry: AuditEntry): string {
  const cause = entry.code === null ? '' : `: ${textsOf(entry.code).title}`;
  switch (entry.type) {
    case 'intent':
      return 'Recorded, about to be sent';
    case 'result': {
      const attempts = entry.attempts > 0 ? ` after ${plural(entry.attempts, 'attempt')}` : '';
      const twice = entry.duplicate ? '; the destination had it before' : '';
      return `${entry.status ? outcomeWord(entry.status) : 'Ended'}${attempts}${cause}${twice}`;
    }
    case 'refused':
      return `Refused${cause}${refusalsIn(entry) > 1 ? `, ${plural(refusalsIn(entry), 'time')}` : ''}`;
    case 'webhook': {
      const name = entry.detail ?? 'webhook';
      if (entry.status === null) return `Webhook ${name}: sent again by hand`;
      if (entry.status === 'delivered') return `Webhook ${name}: told`;
      if (entry.status === 'refused') return `Webhook ${name}: the receiver is gone`;
      return `Webhook ${name}: given up after ${plural(entry.attempts, 'attempt')}: ${sayWebhookFailure(entry.code)}`;
    }
    default:
      return entry.detail ?? entry.type;
  }
}

function iconOf(entry: AuditEntry) {
  if (entry.type === 'webhook') return 'webhook';
  if (entry.type === 'intent') return 'note';
  if (entry.type === 'repeated') return 'again';
  return entry.status ?? 'note';
}

/** Up to this, in milliseconds, the distance from the first entry says more than the time of day. */
const NEAR_MS = 60_000;

/** Leads from each of the two stories to the other. */
function Repeated({ entry, popId }: { entry: AuditEntry; popId: string }) {
  const isFirst = entry.popId !== popId;
  const other = isFirst ? entry.popId : entry.detail;
  return (
    <>
      {isFirst ? 'Sent again by hand as ' : 'Sent by hand, after '}
      <a href={hrefOf('pops', other ?? '')}>{isFirst ? 'another pop' : 'the first pop'}</a>
    </>
  );
}

/** The first with its time; what follows closely, with how long after it. */
export function Timeline({ entries, popId }: { entries: readonly AuditEntry[]; popId: string }) {
  const began = Date.parse(entries[0]?.timestamp ?? '');
  return (
    <ol class="timeline">
      {entries.map((entry) => (
        <li key={entry.seq} class={entry.type === 'intent' ? '' : `outcome-${entry.status ?? 'note'}`}>
          <Icon name={iconOf(entry)} />
          <span>{entry.type === 'repeated' ? <Repeated entry={entry} popId={popId} /> : wordsOf(entry)}</span>
          <span class="muted">
            <When entry={entry} began={began} />
          </span>
        </li>
      ))}
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
