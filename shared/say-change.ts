/** A change in one line, for people. */
import type { Change } from './change.ts';

/** What was done, with what, which hosts are others now, and who did it. */
export function sayChange({ subject, action, by, name, members, hosts }: Change): string {
  return [
    `${subject} ${action}`,
    name !== null && ` (${name})`,
    members.length > 0 && `: ${members.join(', ')}`,
    hosts && `; ${hosts.before.join(', ') || 'no host'} → ${hosts.after.join(', ') || 'no host'}`,
    by !== null && `; by ${by}`,
  ]
    .filter(Boolean)
    .join('');
}
