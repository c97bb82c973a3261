/** What a person asks of the log, and the filter that it makes. */
import type { AuditFilter } from '../../transport.ts';

export interface AuditSearch {
  readonly userId: string;
  readonly application: string;
  readonly status: string;
  /** Local times, as datetime-local inputs have them. */
  readonly from: string;
  readonly to: string;
}

export const NO_SEARCH: AuditSearch = { userId: '', application: '', status: '', from: '', to: '' };

/** Leaves out what does not narrow; times become epoch milliseconds. */
export function filterOf(search: AuditSearch): AuditFilter {
  const [from, to] = [Date.parse(search.from), Date.parse(search.to)];
  return {
    ...(search.userId !== '' && { userId: search.userId }),
    ...(search.application !== '' && { application: search.application }),
    ...(search.status !== '' && { status: search.status as NonNullable<AuditFilter['status']> }),
    ...(!Number.isNaN(from) && { from }),
    ...(!Number.isNaN(to) && { to }),
  };
}
