/** Bounds what is remembered. */

interface Remembered<Key> {
  readonly size: number;
  keys(): Iterable<Key>;
  delete(key: Key): unknown;
}

/** Drops what was put first into a Map or a Set, until no more than `most` are left; `drop` must take one out. */
export function keepLatest<Key>(
  all: Remembered<Key>,
  most: number,
  drop: (key: Key) => void = (key) => void all.delete(key),
): void {
  for (const oldest of all.keys()) {
    if (all.size <= most) return;
    drop(oldest);
  }
}
