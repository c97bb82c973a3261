/** Moves the kept key forward with the log, so that what was before can no longer be forged. */
import type { ChainKey } from '../format/chain.ts';
import { formatKey, type KeyStore } from './keys.ts';

/** A keychain that was locked may be open by then; milliseconds. */
const RETRY_MS = 60_000;

/** Keeps the key of the furthest segment that is on disk, in place of those before; tries again until it can. */
export function createKeyKeeper(
  live: ChainKey,
  store: Pick<KeyStore, 'set'>,
  after: (ms: number, callback: () => void) => unknown,
  onFault: (error: unknown) => void,
) {
  let kept = live.segment;
  let wanted = live;
  let keeping: Promise<void> = Promise.resolve();

  function keep(): void {
    keeping = keeping.then(async () => {
      const key = wanted;
      if (key.segment === kept) return;
      try {
        await store.set('audit-key', formatKey(key));
        kept = key.segment;
      } catch (error) {
        onFault(error);
        after(RETRY_MS, keep);
      }
    });
  }

  return {
    /** Takes note that this key's segment is on disk. */
    reached(key: ChainKey): void {
      if (key.segment <= wanted.segment) return;
      wanted = key;
      keep();
    },
    /** Resolves when nothing is being kept. */
    idle: () => keeping,
  };
}
