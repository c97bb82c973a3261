/** Pops as a table; a failed one has a second row with what to do. */
import type { AuditEntry } from '../../../shared/audit.ts';
import { textsOf } from '../../codes.ts';
import { formatMs } from '../../format.ts';
import { Focus, Outcome } from '../../parts/outcome.tsx';
import { PhaseBar } from '../../parts/phase-bar.tsx';
import { RowTime } from '../../parts/time.tsx';
import { useWidthClass } from '../../parts/use-width-class.ts';
import { sayWrongMembers } from '../../parts/wrong-members.tsx';

interface Props {
  readonly entries: readonly AuditEntry[];
  readonly onOpen: (entry: AuditEntry) => void;
}

/** A pop keeps its row from intent to result. */
function keyOf({ popId, seq }: AuditEntry): string {
  return popId ?? String(seq);
}

/** Choosing a row opens its story. */
export function PopTable({ entries, onOpen }: Props) {
  const columns = { tiny: 3, narrow: 4, snug: 5, mid: 6, wide: 8 }[useWidthClass()];
  return (
    <table class="table pops">
      <caption class="visually-hidden">Recent pops, newest first</caption>
      <thead>
        <tr>
          <th scope="col" class="col-time">
            Time
          </th>
          <th scope="col" class="col-outcome">
            Outcome
          </th>
          <th scope="col" class="col-user">
            Agent
          </th>
          <th scope="col" class="col-app wide-only">
            Application
          </th>
          <th scope="col" class="col-focus mid-only">
            Focus
          </th>
          <th scope="col" class="col-attempts col-number wide-only">
            Tries
          </th>
          <th scope="col" class="col-latency col-number">
            Latency
          </th>
          <th scope="col" class="col-phases">
            Where the time went
          </th>
        </tr>
      </thead>
      {entries.map((entry) => (
        <PopRows key={keyOf(entry)} entry={entry} columns={columns} onOpen={onOpen} />
      ))}
    </table>
  );
}

interface RowsProps {
  readonly entry: AuditEntry;
  readonly columns: number;
  readonly onOpen: Props['onOpen'];
}

function PopRows({ entry, columns, onOpen }: RowsProps) {
  const texts = entry.code === null ? null : textsOf(entry.code);
  return (
    <tbody class="row-group">
      <tr>
        <td class="col-time">
          <button type="button" class="row-button" onClick={() => onOpen(entry)}>
            <RowTime value={entry.timestamp} />
          </button>
        </td>
        <td class="col-outcome">
          <Outcome entry={entry} />
        </td>
        <td class="col-user clip" title={entry.userId ?? undefined}>
          {entry.userId ?? <span class="muted">–</span>}
        </td>
        <td class="col-app clip-start wide-only" title={entry.application ?? undefined}>
          {entry.application === null ? <span class="muted">–</span> : <bdi>{entry.application}</bdi>}
        </td>
        <td class="col-focus mid-only">
          <Focus entry={entry} />
        </td>
        <td class="col-number wide-only">{entry.attempts || <span class="muted">–</span>}</td>
        <td class="col-latency col-number">
          {entry.latencyMs === null ? <span class="muted">–</span> : formatMs(entry.latencyMs)}
        </td>
        <td class="col-phases">
          {entry.phases ? <PhaseBar phases={entry.phases} /> : <span class="muted">–</span>}
        </td>
      </tr>
      {texts && (
        <tr class="row-note">
          <td colSpan={columns}>
            {entry.type === 'refused' && entry.client !== null && <bdi>{entry.client}: </bdi>}
            <span class="row-note-title">{texts.title}.</span> {sayWrongMembers(entry)}
            <span class="muted">{texts.hint}</span>
          </td>
        </tr>
      )}
    </tbody>
  );
}
