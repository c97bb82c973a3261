/** Which calls pop. */
import { Field } from '../../parts/field.tsx';
import { problemUnder } from '../../parts/problems-at.ts';
import { fieldOf, type SettingsForm, textOf } from './settings-form.ts';

const phases = [
  { phase: 'ringing', word: 'Ringing' },
  { phase: 'answered', word: 'Answered' },
  { phase: 'ended', word: 'Ended' },
  { phase: 'manual', word: 'By hand' },
];

/** One section of the form. */
export function PopsSection({ form }: { form: SettingsForm }) {
  const { popPhases } = form.draft;
  const problem = problemUnder(form.problems, '/popPhases');
  const toggle = (phase: string, isOn: boolean) =>
    form.change({
      popPhases: phases
        .map((each) => each.phase)
        .filter((each) => (each === phase ? isOn : popPhases.includes(each))),
    });
  return (
    <section class="card form" aria-labelledby="pops-title">
      <h2 id="pops-title">Which calls pop</h2>
      <fieldset class="choices" disabled={form.isLocked('popPhases')}>
        <legend>Phases of the call that pop</legend>
        <div class="checks">
          {phases.map(({ phase, word }) => (
            <label key={phase} class="check">
              <input
                type="checkbox"
                checked={popPhases.includes(phase)}
                onChange={({ currentTarget }) => toggle(phase, currentTarget.checked)}
              />
              {word}
            </label>
          ))}
        </div>
        {problem && <p class="field-error">{problem}</p>}
      </fieldset>
      <Field
        label="Dedupe window, in seconds"
        hint="Of a call without an id: the same phase of the same other party within it is a repeat. 0: never."
        {...fieldOf(form, 'dedupeWindowMs')}
      >
        {(control) => (
          <input {...control} {...textOf(form, 'dedupeSeconds')} inputMode="decimal" class="short" />
        )}
      </Field>
      <Field
        label="Ring window, in seconds"
        hint="Of a call without an id: answered within it after ringing is the same call."
        {...fieldOf(form, 'ringWindowMs')}
      >
        {(control) => (
          <input {...control} {...textOf(form, 'ringSeconds')} inputMode="decimal" class="short" />
        )}
      </Field>
      <Field
        label="A call is known for, in minutes"
        hint="From its last event on; within it a call with an id pops once."
        {...fieldOf(form, 'interactionLifetimeMs')}
      >
        {(control) => (
          <input {...control} {...textOf(form, 'lifetimeMinutes')} inputMode="decimal" class="short" />
        )}
      </Field>
    </section>
  );
}
