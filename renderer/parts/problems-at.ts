/** Problems of fields, each with an RFC 6901 pointer. */
export interface FieldProblem {
  readonly pointer: string;
  readonly detail: string;
}

/** The texts at exactly this pointer, as one. */
export function problemAt(problems: readonly FieldProblem[], pointer: string): string | undefined {
  const details = problems.filter((problem) => problem.pointer === pointer).map(({ detail }) => detail);
  return details.length > 0 ? details.join('; ') : undefined;
}

/** The texts at this pointer or below it, for controls that edit a whole list or object. */
export function problemUnder(problems: readonly FieldProblem[], pointer: string): string | undefined {
  const details = problems
    .filter((problem) => problem.pointer === pointer || problem.pointer.startsWith(`${pointer}/`))
    .map(({ detail }) => detail);
  return details.length > 0 ? [...new Set(details)].join('; ') : undefined;
}

/** One step of a pointer. */
export function pointerStep(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
