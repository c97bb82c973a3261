/** Where pops go. The kinds and their fields come from the app. */
import type { DestinationField, DestinationKind } from '../../../shared/destinations/fields.ts';
import { type ControlProps, Field } from '../../parts/field.tsx';
import { Icon } from '../../parts/icon.tsx';
import { type ListFocus, useListFocus } from '../../parts/list-focus.ts';
import { problemAt, problemUnder } from '../../parts/problems-at.ts';
import {
  type DestinationDraft,
  fieldsOf,
  newDestination,
  pointerOf,
  textOfField,
  withKind,
  withText,
} from './destination-draft.ts';
import { isInTurn, nextKey } from './settings-draft.ts';
import type { SettingsForm } from './settings-form.ts';

const isUnder = (pointer: string, above: string) => pointer === above || pointer.startsWith(`${above}/`);

interface Props {
  readonly form: SettingsForm;
  readonly kinds: readonly DestinationKind[];
}

/** One section of the form. */
export function DestinationsSection({ form, kinds }: Props) {
  const { destinations } = form.draft;
  const isLocked = form.isLocked('destinations');
  const problem = problemAt(form.problems, '/destinations');
  const focus = useListFocus();
  const add = () => {
    form.change({
      destinations: [...destinations, newDestination(destinations, kinds, nextKey(destinations))],
    });
    focus.added();
  };
  return (
    <section ref={focus.ref} class="card form" aria-labelledby="destinations-title">
      <div>
        <h2 id="destinations-title">Destinations</h2>
        <p class="muted">Where pops go: to all of them, unless an application names its own.</p>
      </div>
      {problem && <p class="field-error">{problem}</p>}
      {destinations.map((destination, index) => (
        <DestinationFields
          key={destination.key}
          form={form}
          kinds={kinds}
          destination={destination}
          index={index}
          focus={focus}
        />
      ))}
      {!isLocked && (
        <button type="button" class="button small start" data-add onClick={add}>
          <Icon name="plus" /> Add a destination
        </button>
      )}
    </section>
  );
}

interface FieldsProps extends Props {
  readonly destination: DestinationDraft;
  readonly index: number;
  readonly focus: ListFocus;
}

function DestinationFields({ form, kinds, destination, index, focus }: FieldsProps) {
  const { destinations } = form.draft;
  const { id, kind, isRequired } = destination;
  const isLocked = form.isLocked('destinations');
  const at = `/destinations/${index}`;
  const fields = fieldsOf(destination, kinds);
  const shown = [`${at}/id`, `${at}/kind`, ...fields.map((field) => pointerOf(field, index))];
  const problem = problemUnder(
    form.problems.filter(({ pointer }) => !shown.some((above) => isUnder(pointer, above))),
    at,
  );
  const change = (next: DestinationDraft) =>
    form.change({ destinations: destinations.map((other) => (other === destination ? next : other)) });
  return (
    <fieldset class="item">
      <legend>{id || 'New destination'}</legend>
      {problem && <p class="field-error">{problem}</p>}
      <div class="field-row">
        <Field
          label="Kind"
          hint={kinds.find((one) => one.kind === kind)?.hint}
          isLocked={isLocked}
          error={problemAt(form.problems, `${at}/kind`)}
        >
          {(control) => (
            <select
              {...control}
              value={kind}
              onChange={({ currentTarget }) =>
                change(withKind(destination, currentTarget.value, destinations, kinds))
              }
            >
              {kinds.map((one) => (
                <option key={one.kind} value={one.kind}>
                  {one.label}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field
          label="Id"
          hint="Names it in the log; its secrets are kept under it."
          isLocked={isLocked}
          error={problemAt(form.problems, `${at}/id`)}
        >
          {(control) => (
            <input
              {...control}
              value={id}
              autocomplete="off"
              spellcheck={false}
              onInput={({ currentTarget }) => change({ ...destination, id: currentTarget.value })}
            />
          )}
        </Field>
      </div>
      {fields.map((field) => (
        <DestinationFieldRow
          key={`${kind} ${field.path}`}
          form={form}
          field={field}
          destination={destination}
          index={index}
          onChange={change}
        />
      ))}
      {destinations.length > 1 && !isInTurn(form.draft, destination) && (
        <label class="check">
          <input
            type="checkbox"
            disabled={isLocked}
            checked={isRequired}
            onChange={({ currentTarget }) => change({ ...destination, isRequired: currentTarget.checked })}
          />
          Required: a pop that does not get here has failed
        </label>
      )}
      {!isLocked && destinations.length > 1 && (
        <Place form={form} destination={destination} index={index} focus={focus} />
      )}
    </fieldset>
  );
}

type PlaceProps = Omit<FieldsProps, 'kinds'>;

/** Moves it among the others, or takes it away. */
function Place({ form, destination, index, focus }: PlaceProps) {
  const { destinations, applications } = form.draft;
  const name = destination.id || 'this destination';
  const move = (way: 'up' | 'down') => {
    const to = index + (way === 'up' ? -1 : 1);
    form.change({ destinations: destinations.toSpliced(index, 1).toSpliced(to, 0, destination) });
    focus.moved(to, way);
  };
  const remove = () => {
    form.change({
      destinations: destinations.toSpliced(index, 1),
      applications: applications.map((one) => ({
        ...one,
        destinations: one.destinations?.filter((key) => key !== destination.key) ?? null,
      })),
    });
    focus.removed(index);
  };
  return (
    <div class="actions">
      <button
        type="button"
        class="button small"
        aria-label={`Move ${name} up`}
        data-move="up"
        disabled={index === 0}
        onClick={() => move('up')}
      >
        Up
      </button>
      <button
        type="button"
        class="button small"
        aria-label={`Move ${name} down`}
        data-move="down"
        disabled={index === destinations.length - 1}
        onClick={() => move('down')}
      >
        Down
      </button>
      <button type="button" class="button small danger" data-remove onClick={remove}>
        Remove {name}
      </button>
    </div>
  );
}

interface RowProps extends Omit<PlaceProps, 'focus'> {
  readonly field: DestinationField;
  readonly onChange: (next: DestinationDraft) => void;
}

function DestinationFieldRow({ form, field, destination, index, onChange }: RowProps) {
  const { path, label, hint, isOptional = false } = field;
  const isLocked = form.isLocked(`destinations.${destination.id}.${path}`);
  const change = (text: string) => onChange(withText(destination, path, text));
  const text = textOfField(destination, path);
  const error = problemUnder(form.problems, pointerOf(field, index));
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
