/** Lets tests wait for a condition without sleeping: it is looked at again whenever something happened. */
export interface Happenings {
  /** Something happened. */
  tell(): void;
  /** Resolves once the condition holds; rejects with what it found instead after ten seconds. */
  until(condition: () => boolean, found: () => string): Promise<void>;
}

export function createHappenings(): Happenings {
  const waiting = new Set<() => void>();
  return {
    tell() {
      for (const look of waiting) look();
    },
    until(condition, found) {
      if (condition()) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const end = (outcome: () => void) => {
          clearTimeout(timer);
          waiting.delete(look);
          outcome();
        };
        const look = () => condition() && end(resolve);
        const timer = setTimeout(() => end(() => reject(new Error(`waited in vain: ${found()}`))), 10_000);
        waiting.add(look);
      });
    },
  };
}
