/** How a pop ended, and whether its window got the focus: by shape, word and colour. */
import type { AuditEntry } from '../../shared/audit.ts';
import { refusalsIn } from '../../shared/refused-event.ts';
import { formatCount } from '../format.ts';
import { Icon, type IconName } from './icon.tsx';

type Kind = NonNullable<AuditEntry['status']> | 'underWay' | 'note' | 'changed';

const words: Record<Kind, string> = {
  delivered: 'Delivered',
  suppressed: 'Held back',
  expired: 'Expired',
  failed: 'Failed',
  unknown: 'Unknown',
  refused: 'Refused',
  underWay: 'Delivering',
  note: 'Note',
  changed: 'Changed',
};

const why = {
  policy: 'phase',
  dedupe: 'repeat',
  paused: 'paused',
  ended: 'call over',
  unknown: 'perhaps shown',
};

/** The word for a status, as the filters list it. */
export function outcomeWord(status: NonNullable<AuditEntry['status']>): string {
  return words[status];
}

function kindOf({ type, status }: Pick<AuditEntry, 'type' | 'status'>): Kind {
  if (type === 'intent') return 'underWay';
  return type === 'changed' ? 'changed' : (status ?? 'note');
}

/** For pops and for notes about the log and the webhooks alike. */
export function Outcome({
  entry,
}: {
  entry: Pick<AuditEntry, 'type' | 'status' | 'reason'> & Partial<Pick<AuditEntry, 'detail'>>;
}) {
  const kind = kindOf(entry);
  const reason = entry.reason && (why[entry.reason] ?? entry.reason);
  const times = refusalsIn({ detail: null, ...entry });
  return (
    <span class={`outcome outcome-${kind}`}>
      <Icon name={kind === 'changed' ? 'settings' : kind} />
      <span>
        {words[kind]}
        {reason && <span class="muted"> · {reason}</span>}
        {times > 1 && <span class="muted"> · {formatCount(times)} times</span>}
      </span>
    </span>
  );
}

/** Nothing where there was no delivery whose focus could be known. */
export function Focus({ entry }: { entry: Pick<AuditEntry, 'status' | 'windowFocused'> }) {
  if (entry.status !== 'delivered') return <span class="muted">–</span>;
  const [icon, word]: [IconName, string] =
    entry.windowFocused === null
      ? ['unknown', 'Not reported']
      : entry.windowFocused
        ? ['focused', 'Focused']
        : ['unfocused', 'In background'];
  return (
    <span class={`outcome focus-${String(entry.windowFocused)}`}>
      <Icon name={icon} />
      <span>{word}</span>
    </span>
  );
}
