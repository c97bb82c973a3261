/** Where an application's pops go, where there is a choice. */
import { Field } from '../../parts/field.tsx';
import { problemAt, problemUnder } from '../../parts/problems-at.ts';
import { type ApplicationDraft, idsOf } from './settings-draft.ts';
import type { SettingsForm } from './settings-form.ts';

const modes: readonly { readonly mode: ApplicationDraft['mode']; readonly label: string }[] = [
  { mode: 'all', label: 'To all of them, side by side' },
  { mode: 'first', label: 'To the first that takes it; the next only when that has failed' },
];

interface Props {
  readonly form: SettingsForm;
  /** The JSON pointer of the application. */
  readonly at: string;
  readonly application: ApplicationDraft;
  readonly onChange: (part: Partial<ApplicationDraft>) => void;
}

/** Folded away, since most have but one destination. */
export function ApplicationDestinations({ form, at, application, onChange }: Props) {
  const { destinations } = form.draft;
  const { destinations: own, mode } = application;
  if (destinations.length < 2 && own === null && mode === 'all') return null;
  const isLocked = form.isLocked('applications');
  const problem = problemUnder(form.problems, `${at}/destinations`);
  const choose = (key: number, isWanted: boolean) => {
    const others = (own ?? []).filter((other) => other !== key);
    onChange({ destinations: isWanted ? [...others, key] : others });
  };
  return (
    <details class="more-fields">
      <summary>Destinations</summary>
      <fieldset class="plain" disabled={isLocked}>
        <legend>Its pops go to</legend>
        <label class="check">
          <input
            type="checkbox"
            checked={own === null}
            onChange={({ currentTarget }) =>
              onChange({ destinations: currentTarget.checked ? null : destinations.map(({ key }) => key) })
            }
          />
          Every destination, those that are added later too
        </label>
        {own !== null &&
          destinations.map(({ key, id }) => (
            <label key={key} class="check">
              <input
                type="checkbox"
                checked={own.includes(key)}
                aria-invalid={problem ? 'true' : undefined}
                onChange={({ currentTarget }) => choose(key, currentTarget.checked)}
              />
              {id || 'New destination'}
            </label>
          ))}
        {own !== null && own.length > 1 && (
          <p class="field-hint">
            In this order: {idsOf(own, destinations).join(', ')}. One that is chosen anew comes last.
          </p>
        )}
        {problem && <p class="field-error">{problem}</p>}
      </fieldset>
      <Field label="Of several" isLocked={isLocked} error={problemAt(form.problems, `${at}/mode`)}>
        {(control) => (
          <select
            {...control}
            value={mode}
            onChange={({ currentTarget }) =>
              onChange({ mode: currentTarget.value as ApplicationDraft['mode'] })
            }
          >
            {modes.map((one) => (
              <option key={one.mode} value={one.mode}>
                {one.label}
              </option>
            ))}
          </select>
        )}
      </Field>
    </details>
  );
}
