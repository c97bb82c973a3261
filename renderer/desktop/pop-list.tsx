/** The pops that are kept, newest first. */
import type { TargetedKeyboardEvent } from 'preact';
import type { DesktopPop } from '../../shared/desktop.ts';
import { formatClockSeconds } from '../format.ts';
import { Avatar } from './call-panel.tsx';
import { callerOf, readFragment } from './read-pop.ts';

interface Props {
  readonly pops: readonly DesktopPop[];
  readonly selected: string;
  readonly onSelect: (id: string) => void;
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

/** Arrow keys go from one to the next; Home and End to the first and the last. */
export function PopList({ pops, selected, onSelect }: Props) {
  const move = (event: TargetedKeyboardEvent<HTMLUListElement>) => {
    const at = pops.findIndex(({ id }) => id === selected);
    const step = STEPS[event.key];
    const next = step === undefined ? { Home: 0, End: pops.length - 1 }[event.key] : at + step;
    const pop = next === undefined ? undefined : pops[next];
    if (!pop) return;
    event.preventDefault();
    onSelect(pop.id);
    event.currentTarget.querySelectorAll('button')[next ?? 0]?.focus();
  };
  return (
    <nav class="calls" aria-label="Screen pops">
      <h2>
        Screen pops <span class="muted">{pops.length}</span>
      </h2>
      <ul onKeyDown={move}>
        {pops.map((pop) => (
          <li key={pop.id}>
            <Row pop={pop} isSelected={pop.id === selected} onSelect={() => onSelect(pop.id)} />
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Row({
  pop,
  isSelected,
  onSelect,
}: {
  readonly pop: DesktopPop;
  readonly isSelected: boolean;
  readonly onSelect: () => void;
}) {
  const { name, detail, initials } = callerOf(readFragment(pop.uri));
  return (
    <button
      type="button"
      class="call-row"
      aria-current={isSelected ? 'true' : undefined}
      tabIndex={isSelected ? 0 : -1}
      onClick={onSelect}
    >
      <Avatar initials={initials} />
      <span class="call-row-text">
        <span class="call-row-name" dir="auto">
          {name}
        </span>
        <span class="muted call-row-detail" dir="auto">
          {detail || pop.applicationId}
        </span>
      </span>
      <time class="muted" dateTime={new Date(pop.at).toISOString()}>
        {formatClockSeconds(pop.at)}
      </time>
    </button>
  );
}
