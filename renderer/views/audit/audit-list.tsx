/** A hundred thousand entries in a table that holds the rows in sight. */
import { useEffect, useRef } from 'preact/hooks';
import type { AuditEntry } from '../../../shared/audit.ts';
import type { AuditPages } from './audit-pages.ts';
import { AuditRow } from './audit-row.tsx';
import { useWindow } from './use-window.ts';

/** Fixed, as in audit.css: positions follow from it. */
const ROW_HEIGHT = 40;
/** How long a scroll must rest before pages are asked for, in milliseconds. */
const REST_MS = 60;

interface Props {
  readonly pages: AuditPages;
  readonly total: number;
  readonly onOpen: (entry: AuditEntry) => void;
}

/** Scrolls in itself; pages come when the scroll rests. */
export function AuditList({ pages, total, onOpen }: Props) {
  const scroller = useRef<HTMLElement>(null);
  const { first, end } = useWindow(scroller, total, ROW_HEIGHT);
  pages.version.value;

  useEffect(() => {
    const timer = setTimeout(() => end > first && pages.need(first, end - 1), REST_MS);
    return () => clearTimeout(timer);
  }, [pages, first, end]);

  /** Up and down go from row to row, also beyond those that are there now. */
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const row = event.target instanceof Element ? event.target.closest('tr') : null;
    const list = scroller.current;
    if (step === undefined || !row || !list) return;
    event.preventDefault();
    const next = Number(row.ariaRowIndex) + step;
    if (next < 2 || next > total + 1) return;
    const top = (next - 2) * ROW_HEIGHT;
    const bottom = top + 2 * ROW_HEIGHT;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = bottom - list.clientHeight;
    list.querySelector<HTMLElement>(`tr[aria-rowindex="${next}"] button`)?.focus({ preventScroll: true });
  };

  const indexes = Array.from({ length: end - first }, (_, at) => first + at);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section ref={scroller} class="audit-scroller" tabIndex={0} aria-label="Entries" onKeyDown={onKeyDown}>
      <table class="table fixed audit" aria-rowcount={total + 1}>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" class="col-time">
              Time
            </th>
            <th scope="col" class="col-outcome">
              Outcome
            </th>
            <th scope="col" class="col-user">
              Agent
            </th>
            <th scope="col" class="mid-only">
              Application
            </th>
            <th scope="col" class="col-focus wide-only">
              Focus
            </th>
            <th scope="col" class="col-number col-latency mid-only">
              Latency
            </th>
            <th scope="col" class="col-seq col-number wide-only">
              Entry
            </th>
          </tr>
        </thead>
        <tbody>
          <Spacer rows={first} />
          {indexes.map((index) => (
            <AuditRow key={index} index={index} entry={pages.entryAt(index)} onOpen={onOpen} />
          ))}
          <Spacer rows={total - end} />
        </tbody>
      </table>
    </section>
  );
}

/** Stands for the rows that are not there. */
function Spacer({ rows }: { rows: number }) {
  return rows > 0 ? (
    <tr class="spacer">
      <td style={{ height: `${rows * ROW_HEIGHT}px` }} />
    </tr>
  ) : null;
}
