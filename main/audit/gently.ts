/** Long work on the log that lets pops pass. */
import type { Evidence } from './evidence.ts';
import { UNJUDGED, type Verdict, verifySteps } from './verify.ts';

/** Pops pass after this many items. */
const SLICE = 500;

export async function* gently<T>(items: Iterable<T>): AsyncGenerator<T> {
  let count = 0;
  for (const item of items) {
    yield item;
    count += 1;
    if (count % SLICE === 0) await breath();
  }
}

/** Without evidence nothing can be said. `onProgress` hears how many entries have been checked. */
export async function verifyGently(
  dir: string,
  evidence: Evidence | undefined,
  onProgress: (entries: number) => void,
): Promise<Verdict> {
  if (!evidence) return UNJUDGED;
  const steps = verifySteps(dir, evidence);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    onProgress(value);
    await breath();
  }
}

/** Resolves when what arrived meanwhile has had its turn. */
export function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
