/** Trouble in words, for the dashboard as well: what checks its shape is no part of the page. */
import type { Trouble } from './trouble.ts';

/** `webhook crm`. */
export function nameOfTrouble({ part, name }: Pick<Trouble, 'part' | 'name'>): string {
  return name === '' ? part : `${part} ${name}`;
}

/** One line for people. */
export function sayTrouble({
  since,
  why,
  waiting = null,
  ...which
}: Trouble & { waiting?: number | null }): string {
  return `${nameOfTrouble(which)}: in trouble since ${since}: ${why}${waiting === null || waiting === 0 ? '' : `; ${waiting} waiting`}`;
}
