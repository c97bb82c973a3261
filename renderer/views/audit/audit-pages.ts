/** The log, page by page: only what is looked at is asked for, and what was seen stays. */
import { type Signal, signal } from '@preact/signals';
import type { AuditEntry } from '../../../shared/audit.ts';
import type { DashboardStore } from '../../data/store.ts';
import type { AuditFilter, CallFailure } from '../../transport.ts';

const PAGE = 200;
/** More pages than this are not kept: those farthest from the last that was looked at go first. */
const MOST_PAGES = 40;

export interface AuditPages {
  /** undefined until the first answer. */
  readonly total: Signal<number | undefined>;
  readonly failure: Signal<CallFailure | undefined>;
  /** Grows when entries came. */
  readonly version: Signal<number>;
  entryAt(index: number): AuditEntry | undefined;
  /** Asks for what is missing of `first` to `last`. */
  need(first: number, last: number): void;
}

/** The filter's upper end is fixed by the caller, so that new entries do not shift the offsets. */
export function createAuditPages(store: DashboardStore, filter: AuditFilter): AuditPages {
  const total = signal<number | undefined>(undefined);
  const failure = signal<CallFailure | undefined>(undefined);
  const version = signal(0);
  const pages = new Map<number, readonly AuditEntry[]>();
  const underWay = new Set<number>();

  async function fetchPage(page: number): Promise<void> {
    underWay.add(page);
    const result = await store.call('auditQuery', { filter, offset: page * PAGE, limit: PAGE });
    underWay.delete(page);
    failure.value = result.ok ? undefined : result;
    if (!result.ok) return;
    total.value = result.value.total;
    pages.set(page, result.value.entries);
    forget(page);
    version.value += 1;
  }

  function forget(near: number): void {
    while (pages.size > MOST_PAGES) {
      const farthest = [...pages.keys()].reduce((a, b) => (Math.abs(a - near) > Math.abs(b - near) ? a : b));
      pages.delete(farthest);
    }
  }

  return {
    total,
    failure,
    version,
    entryAt: (index) => pages.get(Math.floor(index / PAGE))?.[index % PAGE],
    need(first, last) {
      for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page++) {
        if (!pages.has(page) && !underWay.has(page)) void fetchPage(page);
      }
    },
  };
}
