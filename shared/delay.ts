/** Resolves after `ms` on that clock, or as soon as one of the signals is aborted. */
export function delay(
  clock: { after(ms: number, callback: () => void): () => void },
  ms: number,
  ...signals: readonly AbortSignal[]
): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      for (const signal of signals) signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    if (signals.some(({ aborted }) => aborted)) return end();
    for (const signal of signals) signal.addEventListener('abort', end);
  });
}
