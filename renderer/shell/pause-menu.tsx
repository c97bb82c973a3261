/** Stops pops for a while; while they are stopped, one press resumes them. */
import { useRef } from 'preact/hooks';
import { setPause } from '../data/set-pause.ts';
import { useStore } from '../data/store.ts';
import { Icon } from '../parts/icon.tsx';

const choices = [
  { label: '15 minutes', minutes: 15 },
  { label: '1 hour', minutes: 60 },
  { label: 'Until I resume', minutes: 'until-resumed' },
] as const;

/** A menu, or the way back. */
export function PauseMenu({ isPaused }: { isPaused: boolean }) {
  const store = useStore();
  const menu = useRef<HTMLDetailsElement>(null);
  const close = () => {
    if (menu.current) menu.current.open = false;
  };
  const pause = (minutes: number | 'until-resumed' | null) => {
    close();
    void setPause(store, minutes);
  };

  if (isPaused) {
    return (
      <button type="button" class="button pause" onClick={() => pause(null)}>
        <Icon name="play" /> Resume
      </button>
    );
  }
  return (
    <details
      ref={menu}
      class="menu pause"
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        close();
        menu.current?.querySelector('summary')?.focus();
      }}
      onFocusOut={({ relatedTarget }) => {
        if (relatedTarget instanceof Node && !menu.current?.contains(relatedTarget)) close();
      }}
    >
      <summary class="button">
        <Icon name="pause" /> Pause
      </summary>
      <div class="menu-list">
        {choices.map(({ label, minutes }) => (
          <button key={label} type="button" onClick={() => pause(minutes)}>
            {label}
          </button>
        ))}
      </div>
    </details>
  );
}
