import { failureText } from '../parts/states.tsx';
import type { DashboardStore } from './store.ts';

/** Stops pops for some minutes or until they are resumed; null resumes them. Says what came of it. */
export async function setPause(
  store: DashboardStore,
  minutes: number | 'until-resumed' | null,
): Promise<void> {
  const result = await store.call('pause', { for: minutes });
  if (result.ok) store.status.value = result.value;
  store.announce(result.ok ? (minutes === null ? 'Pops are on' : 'Pops are paused') : failureText(result));
}
