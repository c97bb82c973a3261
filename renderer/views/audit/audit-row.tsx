/** One pop or refusal in one row of fixed height. */
import { useMemo } from 'preact/hooks';
import type { AuditEntry } from '../../../shared/audit.ts';
import type { Change } from '../../../shared/change.ts';
import { eventOf } from '../../../shared/log-events.ts';
import { sayChange } from '../../../shared/say-change.ts';
import { formatMs } from '../../format.ts';
import { Focus, Outcome } from '../../parts/outcome.tsx';
import { RowTime } from '../../parts/time.tsx';

interface Props {
  readonly index: number;
  /** undefined while its page is on the way. */
  readonly entry: AuditEntry | undefined;
  readonly onOpen: (entry: AuditEntry) => void;
}

/** Its button opens the story. Made once for each entry: scrolling only moves it. */
export function AuditRow({ index, entry, onOpen }: Props) {
  return useMemo(() => row(index, entry, onOpen), [index, entry, onOpen]);
}

function row(index: number, entry: AuditEntry | undefined, onOpen: Props['onOpen']) {
  const rowIndex = index + 2;
  if (!entry) {
    return (
      <tr aria-rowindex={rowIndex} class="row waiting">
        <td>
          <button type="button" class="row-button">
            <span class="visually-hidden">Loading</span>
            <span class="skeleton-line" aria-hidden="true" />
          </button>
        </td>
      </tr>
    );
  }
  const event = eventOf(entry);
  return (
    <tr aria-rowindex={rowIndex} class="row">
      <td class="col-time">
        <button type="button" class="row-button" onClick={() => onOpen(entry)}>
          <RowTime value={entry.timestamp} />
        </button>
      </td>
      <td class="col-outcome clip">
        <Outcome entry={entry} />
      </td>
      {event?.kind === 'changed' ? <Changed change={event.change} /> : <Whom entry={entry} />}
      <td class="col-focus wide-only">
        <Focus entry={event?.kind === 'result' ? event : { status: null, windowFocused: null }} />
      </td>
      <td class="col-number mid-only">
        {entry.latencyMs === null ? <span class="muted">–</span> : formatMs(entry.latencyMs)}
      </td>
      <td class="col-number wide-only muted">{entry.seq}</td>
    </tr>
  );
}

function Whom({ entry: { userId, application } }: { entry: AuditEntry }) {
  return (
    <>
      <td class="col-user clip" title={userId ?? undefined}>
        {userId ?? <span class="muted">–</span>}
      </td>
      <td class="clip-start mid-only" title={application ?? undefined}>
        {application === null ? <span class="muted">–</span> : <bdi>{application}</bdi>}
      </td>
    </>
  );
}

/** Who did it, and what, where a pop has its agent and its application. */
function Changed({ change }: { change: Change }) {
  const what = sayChange({ ...change, by: null });
  return (
    <>
      <td class="col-user clip" title={sayChange(change)}>
        {what}
      </td>
      <td class="clip-start mid-only" title={change.by ?? undefined}>
        {change.by === null ? <span class="muted">–</span> : <bdi>{change.by}</bdi>}
      </td>
    </>
  );
}
