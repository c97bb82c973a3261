/** What an entry says that stands for several refusals of one reason and one caller. */
import type { AuditEntry } from './audit.ts';

/** The `detail` of an entry that stands for so many. */
export function foldedDetail(count: number): string {
  return `${count} like this since the entry before`;
}

/** How many refusals an entry stands for. */
export function refusalsIn({ type, detail }: Pick<AuditEntry, 'type' | 'detail'>): number {
  const folded = type === 'refused' ? /^(\d{1,15}) like this since /.exec(detail ?? '')?.[1] : undefined;
  return Number(folded ?? 1);
}
