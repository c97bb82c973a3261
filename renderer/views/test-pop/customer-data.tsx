/** The customer's context, line by line. */
import { useId, useRef } from 'preact/hooks';
import { Icon } from '../../parts/icon.tsx';
import { type FieldProblem, pointerStep, problemAt } from '../../parts/problems-at.ts';
import type { DraftRow } from './draft.ts';

interface Props {
  readonly rows: readonly DraftRow[];
  readonly problems: readonly FieldProblem[];
  readonly onChange: (rows: readonly DraftRow[]) => void;
}

/** In the order that the page will get it. */
export function CustomerData({ rows, problems, onChange }: Props) {
  const id = useId();
  const box = useRef<HTMLFieldSetElement>(null);
  const change = (row: DraftRow, part: Partial<DraftRow>) =>
    onChange(rows.map((other) => (other.id === row.id ? { ...other, ...part } : other)));
  const add = () => {
    onChange([...rows, { id: Math.max(-1, ...rows.map((row) => row.id)) + 1, key: '', value: '' }]);
    requestAnimationFrame(() =>
      box.current?.querySelector<HTMLInputElement>('.kv:last-of-type input')?.focus(),
    );
  };
  const remove = (row: DraftRow) => {
    onChange(rows.filter((other) => other.id !== row.id));
    box.current?.querySelector<HTMLButtonElement>('.kv-add')?.focus();
  };
  return (
    <fieldset ref={box}>
      <legend>Customer data</legend>
      {rows.map((row, index) => {
        const problem =
          row.key === '' && row.value === ''
            ? undefined
            : problemAt(problems, `/customerData/${pointerStep(row.key)}`);
        const errorId = `${id}-${row.id}-error`;
        return (
          <div key={row.id} class="kv">
            <input
              aria-label={`Name ${index + 1}`}
              aria-invalid={problem ? 'true' : undefined}
              aria-describedby={problem ? errorId : undefined}
              placeholder="customerName"
              maxLength={64}
              spellcheck={false}
              autocomplete="off"
              value={row.key}
              onInput={({ currentTarget }) => change(row, { key: currentTarget.value })}
            />
            <input
              aria-label={`Value ${index + 1}`}
              placeholder="Ada Lovelace"
              maxLength={1024}
              autocomplete="off"
              value={row.value}
              onInput={({ currentTarget }) => change(row, { value: currentTarget.value })}
            />
            <button
              type="button"
              class="button quiet icon-only"
              aria-label={`Remove line ${index + 1}`}
              onClick={() => remove(row)}
            >
              <Icon name="close" />
            </button>
            {problem && (
              <p id={errorId} class="field-error">
                <Icon name="failed" /> {problem}
              </p>
            )}
          </div>
        );
      })}
      {rows.length < 64 && (
        <button type="button" class="button small kv-add" onClick={add}>
          <Icon name="plus" /> Add a line
        </button>
      )}
    </fieldset>
  );
}
