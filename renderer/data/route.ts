/** The view that is shown, as the address names it. */
import { signal } from '@preact/signals';
import { parseRoute, type Route } from './address.ts';

/** Where the page is; follows the address. */
export const route = signal<Route>(parseRoute(location.hash));

/** Returns its unsubscribe. */
export function followAddress(): () => void {
  const follow = () => {
    route.value = parseRoute(location.hash);
  };
  addEventListener('hashchange', follow);
  return () => removeEventListener('hashchange', follow);
}
