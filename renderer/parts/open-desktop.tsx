/** Leads to where the simulator's pops appear. */
import { useStore } from '../data/store.ts';
import { Icon } from './icon.tsx';
import { failureText } from './states.tsx';

/** Nothing where pops go to a real destination, which shows them itself. */
export function OpenDesktop() {
  const store = useStore();
  if (!store.status.value?.isSimulated) return null;
  const open = async () => {
    const result = await store.call('desktopLink', {});
    const url = result.ok ? result.value.url : null;
    if (url !== null) window.open(url, '_blank', 'noopener');
    else
      store.announce(result.ok ? 'There is no agent desktop: its pages were not built' : failureText(result));
  };
  return (
    <button type="button" class="button" onClick={open}>
      <Icon name="pops" /> Open the agent desktop
    </button>
  );
}
