/** Which members of a request were wrong, and what is wrong with each. */
import type { AuditEntry } from '../../shared/audit.ts';

/** As a list; nothing where none is named. */
export function WrongMembers({ errors }: { errors: AuditEntry['errors'] | undefined }) {
  if (!errors || errors.length === 0) return null;
  return (
    <ul class="wrong-members">
      {errors.map(({ pointer, detail }) => (
        <li key={pointer}>
          {pointer && <code>{pointer}</code>} {detail}
        </li>
      ))}
    </ul>
  );
}

/** In a sentence, for a row: the first of them, and how many there are besides. */
export function sayWrongMembers({ errors }: Pick<AuditEntry, 'errors'>): string {
  const [first, ...others] = errors ?? [];
  if (!first) return '';
  const more = others.length === 0 ? '' : `, and ${others.length} more`;
  return `${first.pointer} ${first.detail}${more}. `.trimStart();
}
