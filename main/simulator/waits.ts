export interface Waits {
  /** Resolves after `ms`; never, if all waits are cancelled before. */
  wait(ms: number): Promise<void>;
  cancelAll(): void;
}

/** Waits that can be ended together, so that a held reply does not outlive its server. */
export function createWaits(after: (ms: number, callback: () => void) => () => void = realAfter): Waits {
  const cancels = new Set<() => void>();
  return {
    wait: (ms) =>
      new Promise((resolve) => {
        const cancel = after(ms, () => {
          cancels.delete(cancel);
          resolve();
        });
        cancels.add(cancel);
      }),
    cancelAll() {
      for (const cancel of cancels) cancel();
      cancels.clear();
    },
  };
}

function realAfter(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}
