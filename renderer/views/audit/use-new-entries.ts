import { useEffect, useState } from 'preact/hooks';
import type { DashboardStore } from '../../data/store.ts';
import type { AuditFilter } from '../../transport.ts';
import type { AuditPages } from './audit-pages.ts';

/** How many entries that fit the filter came since the pages were begun. */
export function useNewEntries(store: DashboardStore, filter: AuditFilter, pages: AuditPages): number {
  const [count, setCount] = useState(0);
  // The filter belongs to the pages
  useEffect(() => {
    setCount(0);
    return store.onEntry((entry) => {
      const fits =
        // As in the history: what led to them stands in the export alone.
        (entry.type === 'result' || entry.type === 'refused' || entry.type === 'changed') &&
        (filter.userId === undefined || (entry.userId ?? '').startsWith(filter.userId)) &&
        (filter.application === undefined || entry.application === filter.application) &&
        (filter.status === undefined || entry.status === filter.status) &&
        (filter.to === undefined || Date.parse(entry.timestamp) <= filter.to);
      if (fits) setCount((before) => before + 1);
    });
  }, [store, pages]);
  return count;
}
