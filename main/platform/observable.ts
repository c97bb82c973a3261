/** A value that is never changed but replaced, and those who follow a part of it. */
export interface Observable<T> {
  readonly now: T;
  /** Puts another in its place, with these members. */
  change(part: Partial<T>): void;
  /** Calls `act` with what `pick` takes of it, now and whenever that is another; returns its end. */
  follow<Picked>(pick: (value: T) => Picked, act: (picked: Picked) => void): () => void;
}

/** `onFault` hears what a follower throws: the change stands. */
export function createObservable<T>(first: T, onFault: (error: unknown) => void): Observable<T> {
  let now = first;
  const followers = new Set<() => void>();
  return {
    get now() {
      return now;
    },
    change(part) {
      now = { ...now, ...part };
      for (const follower of followers) {
        try {
          follower();
        } catch (error) {
          onFault(error);
        }
      }
    },
    follow(pick, act) {
      let picked = pick(now);
      const follower = () => {
        const next = pick(now);
        if (next === picked) return;
        picked = next;
        act(next);
      };
      followers.add(follower);
      act(picked);
      return () => followers.delete(follower);
    },
  };
}
