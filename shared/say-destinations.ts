/** How a pop stands at each of several destinations, in a line: for people, and for receivers of the log. */
import type { DestinationEnd } from './audit.ts';

export function sayDestinations(ends: readonly DestinationEnd[]): string {
  return ends
    .map(({ id, status, code }) => [id, status ?? 'not tried', code].filter(Boolean).join(' '))
    .join(', ');
}
