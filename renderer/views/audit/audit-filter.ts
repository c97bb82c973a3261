/** What a person asks of the log, and the filter that it makes. */
import type { AuditFilter } from '../../transport.ts';

export interface AuditSearch {
  readonly userId: string;
  readonly application: string;
  readonly status: string;
  readonly kind: keyof typeof kinds;
  /** Local times, as datetime-local inputs have them. */
  readonly from: string;
  readonly to: string;
}

/** The types of entries that each choice shows. */
export const kinds = {
  pops: { label: 'Pops and refusals', types: ['result', 'refused'] },
  webhooks: { label: 'Webhooks', types: ['webhook'] },
  log: { label: 'The log itself', types: ['opened', 'recovered'] },
  all: { label: 'Every entry', types: undefined },
} as const;

export const NO_SEARCH: AuditSearch = {
  userId: '',
  application: '',
  status: '',
  kind: 'pops',
  from: '',
  to: '',
};

/** Leaves out what does not narrow; times become epoch milliseconds. */
export function filterOf(search: AuditSearch): AuditFilter {
  const [from, to] = [Date.parse(search.from), Date.parse(search.to)];
  const { types } = kinds[search.kind];
  return {
    ...(types && { types: [...types] }),
    ...(search.userId !== '' && { userId: search.userId }),
    ...(search.application !== '' && { application: search.application }),
    ...(search.status !== '' && { status: search.status as NonNullable<AuditFilter['status']> }),
    ...(!Number.isNaN(from) && { from }),
    ...(!Number.isNaN(to) && { to }),
  };
}
