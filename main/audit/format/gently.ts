/** Long work on the log that lets pops pass. */

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

/** Resolves when what arrived meanwhile has had its turn. */
export function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
