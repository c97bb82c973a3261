/** Who works here, and where numbers are dialled. */
import { countryName } from '../../../shared/country.ts';
import { Field } from '../../parts/field.tsx';
import { fieldOf, type SettingsForm, textOf } from './settings-form.ts';

const LETTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];

/** Code and name, by name. */
const countries = LETTERS.flatMap((first) => LETTERS.map((second) => first + second))
  .flatMap((code) => {
    const name = countryName(code);
    return name === undefined ? [] : [{ code, name }];
  })
  .sort((a, b) => a.name.localeCompare(b.name, 'en'));

/** One section of the form. */
export function AgentSection({ form }: { form: SettingsForm }) {
  return (
    <section class="card form" aria-labelledby="agent-title">
      <h2 id="agent-title">Agent</h2>
      <div class="field-row">
        <Field
          label="User id"
          isOptional
          hint="Who works at this machine: for phones that do not name the agent. At Genesys Cloud it is the user’s id."
          {...fieldOf(form, 'agent.userId')}
        >
          {(control) => <input {...control} {...textOf(form, 'agentId')} maxLength={64} />}
        </Field>
        <Field label="Name" isOptional hint="For people." {...fieldOf(form, 'agent.name')}>
          {(control) => <input {...control} {...textOf(form, 'agentName')} maxLength={128} />}
        </Field>
      </div>
      <Field
        label="Country"
        hint="Where numbers are dialled: 030 123 456 is somebody else in each country. Without it such numbers stay as the phone gives them."
        {...fieldOf(form, 'agent.country')}
      >
        {(control) => (
          <select {...control} {...textOf(form, 'country')}>
            <option value="">Not said</option>
            {countries.map(({ code, name }) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </select>
        )}
      </Field>
    </section>
  );
}
