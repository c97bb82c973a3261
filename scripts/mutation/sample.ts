/** Mutants drawn at random, and what a sample says of all. */
import { createHash } from 'node:crypto';

/** One change of one place, as StrykerJS tells of it; the file's name is relative to the project. */
export interface Change {
  readonly fileName: string;
  readonly location: { readonly start: Place; readonly end: Place };
  readonly mutatorName: string;
  readonly replacement?: string;
}

interface Place {
  readonly line: number;
  readonly column: number;
}

/**
 * Draws `count` of the changes, each as likely as any other. The same seed draws the same ones, in whatever
 * order they come, and what is drawn of one file hardly changes when another file does.
 */
export function draw<T extends Change>(changes: readonly T[], count: number, seed: string): T[] {
  return changes
    .map((change) => ({ change, lot: lotOf(change, seed) }))
    .sort((a, b) => (a.lot < b.lot ? -1 : 1))
    .slice(0, count)
    .map(({ change }) => change);
}

function lotOf({ fileName, location, mutatorName, replacement }: Change, seed: string): string {
  const { start, end } = location;
  const place = [fileName, start.line, start.column, end.line, end.column];
  return createHash('sha256')
    .update(JSON.stringify([seed, ...place, mutatorName, replacement]))
    .digest('hex');
}

/** Wilson's interval: where the share of all lies with 95 % certainty when `hits` of `count` were drawn. */
export function interval(hits: number, count: number): { readonly low: number; readonly high: number } {
  const z = 1.96;
  const share = hits / count;
  const middle = share + z ** 2 / (2 * count);
  const half = z * Math.sqrt((share * (1 - share)) / count + z ** 2 / (4 * count ** 2));
  const all = 1 + z ** 2 / count;
  return { low: Math.max(0, (middle - half) / all), high: Math.min(1, (middle + half) / all) };
}
