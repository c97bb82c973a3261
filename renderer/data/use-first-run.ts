/** Whether no pop was ever delivered here. */
import { useEffect, useState } from 'preact/hooks';
import { useStore } from './store.ts';

/**
 * undefined until it is known, or when it cannot be known. Stays as it was found until the page is loaded again:
 * the page of the first run shall not go away while it is being read.
 */
export function useFirstRun(): boolean | undefined {
  const store = useStore();
  const [isFirst, setFirst] = useState<boolean>();
  const generation = store.generation.value;
  // Asks again after a reconnection
  useEffect(() => {
    if (isFirst !== undefined) return;
    const filter = { types: ['result' as const], status: 'delivered' as const };
    store.call('auditQuery', { filter, offset: 0, limit: 1 }).then((result) => {
      // Without an answer, the recent pops say what is wrong.
      setFirst(result.ok ? result.value.total === 0 : false);
    });
  }, [store, generation]);
  return isFirst;
}
