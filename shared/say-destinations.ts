/** How a pop stands at each of several destinations, in a line: for people, and for receivers of the log. */
import type { DestinationEnd } from './audit.ts';

type Said = Pick<DestinationEnd, 'id' | 'status'> & { readonly code?: string | null | undefined };

export function sayDestinations(ends: readonly Said[]): string {
  return ends
    .map(({ id, status, code }) => [id, status ?? 'not tried', code].filter(Boolean).join(' '))
    .join(', ');
}
