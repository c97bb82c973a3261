/** Resolves after `ms` on that clock, or as soon as the signal is aborted. */
export function rest(
  clock: { after(ms: number, callback: () => void): () => void },
  ms: number,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    if (signal?.aborted) end();
    else signal?.addEventListener('abort', end);
  });
}
