/** A value that is never changed but replaced, for who reads it and who hears of the next one. */
export interface Observable<T> {
  readonly current: T;
  /** Calls `act` with it, now and whenever it is another; returns its end. */
  subscribe(act: (value: T) => void): () => void;
  /** What `pick` takes of it. */
  select<Picked>(pick: (value: T) => Picked): Observable<Picked>;
}

export interface Changeable<T> extends Observable<T> {
  /** Puts another in its place, with these members. */
  change(part: Partial<T>): void;
}

/** `onFault` hears what a subscriber throws: the change stands. */
export function createObservable<T>(first: T, onFault: (error: unknown) => void): Changeable<T> {
  let current = first;
  const subscribers = new Set<() => void>();

  function select<Picked>(pick: (value: T) => Picked): Observable<Picked> {
    return {
      get current() {
        return pick(current);
      },
      subscribe(act) {
        let picked = pick(current);
        const subscriber = () => {
          const next = pick(current);
          if (next === picked) return;
          picked = next;
          act(next);
        };
        subscribers.add(subscriber);
        act(picked);
        return () => subscribers.delete(subscriber);
      },
      select: (pickOfIt) => select((value) => pickOfIt(pick(value))),
    };
  }

  return {
    ...select((value) => value),
    get current() {
      return current;
    },
    change(part) {
      current = { ...current, ...part };
      for (const subscriber of subscribers) {
        try {
          subscriber();
        } catch (error) {
          onFault(error);
        }
      }
    },
  };
}
