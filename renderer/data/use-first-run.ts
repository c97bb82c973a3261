/** Whether no pop was ever delivered here. */
import { useRef } from 'preact/hooks';
import { useStore } from './store.ts';

/**
 * undefined until it is known. Stays as it was found until the page is loaded again:
 * the page of the first run shall not go away while it is being read.
 */
export function useFirstRun(): boolean | undefined {
  const status = useStore().status.value;
  const found = useRef<boolean | undefined>(undefined);
  // Without an answer, the recent pops say what is wrong.
  if (status === null) return false;
  // A history that is being built anew does not know of the first pop yet.
  if (status && !status.hasDelivered && status.rebuilding !== null) return false;
  if (status) found.current ??= !status.hasDelivered;
  return found.current;
}
