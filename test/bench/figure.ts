/** A measured figure, and whether it keeps its budget. */
import budgets from './budgets.json' with { type: 'json' };

export interface Metric {
  /** The budget's name in budgets.json, where there is one. */
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the value was measured beside, for people. */
  readonly beside?: string;
  /** A limit that was itself measured in this run, instead of one of budgets.json. */
  readonly atMost?: number;
}

export interface Limit {
  readonly atLeast?: number;
  readonly atMost?: number;
}

export function limitOf({ name, atMost }: Metric): Limit | undefined {
  if (atMost !== undefined) return { atMost };
  return (budgets.limits as Record<string, Limit>)[name];
}

export function isKept(figure: Metric): boolean {
  const { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = limitOf(figure) ?? {};
  return figure.value >= atLeast && figure.value <= atMost;
}

/** One line of the table. */
export function lineOf(figure: Metric): string {
  const { name, value, unit, beside = '' } = figure;
  const limit = limitOf(figure);
  const digits = value !== 0 && Math.abs(value) < 10 ? 2 : 0;
  const budget =
    limit === undefined
      ? ''
      : `${limit.atLeast === undefined ? '≤' : '≥'} ${Number((limit.atLeast ?? limit.atMost ?? 0).toFixed(2))}`;
  const verdict = limit === undefined ? '' : isKept(figure) ? 'kept' : 'BROKEN';
  return `${name.padEnd(52)}${`${value.toFixed(digits)} ${unit}`.padStart(14)}  ${budget.padEnd(9)} ${verdict.padEnd(7)} ${beside}`.trimEnd();
}

/** The value at a share (0 to 1) of sorted numbers, by the nearest rank. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
