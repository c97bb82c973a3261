/** Where pops go. The kinds and their fields come from the app. */
import type { DestinationField, DestinationKind } from '../../../shared/destinations/fields.ts';
import { type ControlProps, Field } from '../../parts/field.tsx';
import { problemUnder } from '../../parts/problems-at.ts';
import { fieldsOf, pointerOf, textOfField, withText } from './destination-draft.ts';
import type { SettingsForm } from './settings-form.ts';

const isUnder = (pointer: string, above: string) => pointer === above || pointer.startsWith(`${above}/`);

interface Props {
  readonly form: SettingsForm;
  readonly kinds: readonly DestinationKind[];
}

/** One section of the form. */
export function DestinationSection({ form, kinds }: Props) {
  const { destination } = form.draft;
  const isLocked = form.isLocked('destination') || form.isLocked('destination.kind');
  const fields = fieldsOf(destination, kinds);
  const problem = problemUnder(
    form.problems.filter(({ pointer }) => !fields.some((field) => isUnder(pointer, pointerOf(field)))),
    '/destination',
  );
  return (
    <section class="card form" aria-labelledby="destination-title">
      <h2 id="destination-title">Destination</h2>
      <fieldset class="choices" disabled={isLocked}>
        <legend class="visually-hidden">Where pops go</legend>
        {kinds.map(({ kind, label, hint }) => (
          <label key={kind} class="choice">
            <input
              type="radio"
              name="kind"
              checked={destination.kind === kind}
              onChange={() => form.change({ destination: { ...destination, kind } })}
            />
            <span>
              <strong>{label}</strong>
              <span class="muted"> {hint}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {problem && <p class="field-error">{problem}</p>}
      {fields.map((field) => (
        <DestinationFieldRow key={`${destination.kind} ${field.path}`} form={form} field={field} />
      ))}
    </section>
  );
}

function DestinationFieldRow({ form, field }: { form: SettingsForm; field: DestinationField }) {
  const { path, label, hint, isOptional = false } = field;
  const { destination } = form.draft;
  const isLocked = form.isLocked(`destination.${path}`);
  const change = (text: string) => form.change({ destination: withText(destination, path, text) });
  const text = textOfField(destination, path);
  const pointer = pointerOf(field);
  const error = problemUnder(form.problems, pointer);
  if (field.control === 'check')
    return (
      <label class="check">
        <input
          type="checkbox"
          disabled={isLocked}
          checked={text === 'true'}
          onChange={({ currentTarget }) => change(currentTarget.checked ? 'true' : '')}
        />
        {label}
      </label>
    );
  return (
    <Field label={label} hint={hint} isOptional={isOptional} isLocked={isLocked} error={error}>
      {(control) => <Control control={control} field={field} text={text} onText={change} />}
    </Field>
  );
}

interface ControlOf {
  readonly control: ControlProps;
  readonly field: DestinationField;
  readonly text: string;
  readonly onText: (text: string) => void;
}

function Control({ control, field, text, onText }: ControlOf) {
  const { options = [], placeholder } = field;
  if (field.control === 'choice') {
    const isKnown = options.some(({ value }) => value === text);
    return (
      <select {...control} value={text} onChange={({ currentTarget }) => onText(currentTarget.value)}>
        {!isKnown && <option value={text}>{text}</option>}
        {options.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    );
  }
  const shared = {
    ...control,
    value: text,
    autocomplete: 'off' as const,
    spellcheck: false,
    placeholder,
    onInput: ({ currentTarget }: { currentTarget: { value: string } }) => onText(currentTarget.value),
  };
  if (field.control === 'json' || field.control === 'pairs') return <textarea {...shared} rows={4} />;
  return field.control === 'url' ? <input {...shared} type="url" /> : <input {...shared} />;
}
