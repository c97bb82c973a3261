/** Stands at the foot of the form while there is something to save or to say. */
import type { FieldProblem } from '../../parts/problems-at.ts';

interface Props {
  readonly isChanged: boolean;
  readonly note: string;
  readonly problems: readonly FieldProblem[];
  readonly onDiscard: () => void;
}

/** Its problems are those that stand at their fields as well. */
export function SaveBar({ isChanged, note, problems, onDiscard }: Props) {
  return (
    <div class={`save-bar ${isChanged || note ? 'save-bar-shown' : ''}`}>
      <p class={problems.length > 0 ? 'bad' : 'muted'}>
        {note || (isChanged ? 'Not saved yet' : 'Everything is saved')}
      </p>
      <div class="actions">
        <button type="button" class="button" disabled={!isChanged} onClick={onDiscard}>
          Discard
        </button>
        <button type="submit" class="button primary" aria-disabled={!isChanged}>
          Save
        </button>
      </div>
    </div>
  );
}
