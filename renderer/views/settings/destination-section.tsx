/** Where pops go. */
import { Field } from '../../parts/field.tsx';
import { problemAt } from '../../parts/problems-at.ts';
import { regions } from './regions.ts';
import { fieldOf, type SettingsForm, textOf } from './settings-form.ts';

/** One section of the form. */
export function DestinationSection({ form }: { form: SettingsForm }) {
  const { draft } = form;
  const isKnown = regions.some(({ domain }) => domain === draft.region);
  const isLocked = form.isLocked('destination') || form.isLocked('destination.kind');
  const problem = problemAt(form.problems, '/destination');
  return (
    <section class="card form" aria-labelledby="destination-title">
      <h2 id="destination-title">Destination</h2>
      <fieldset class="choices" disabled={isLocked}>
        <legend class="visually-hidden">Where pops go</legend>
        <label class="choice">
          <input
            type="radio"
            name="kind"
            checked={draft.kind === 'simulator'}
            onChange={() => form.change({ kind: 'simulator' })}
          />
          <span>
            <strong>Simulator</strong>
            <span class="muted"> A stand-in on this computer, to try things out.</span>
          </span>
        </label>
        <label class="choice">
          <input
            type="radio"
            name="kind"
            checked={draft.kind === 'genesys-cloud'}
            onChange={() => form.change({ kind: 'genesys-cloud' })}
          />
          <span>
            <strong>Genesys Cloud</strong>
            <span class="muted"> Or a service in front of it.</span>
          </span>
        </label>
      </fieldset>
      {problem && <p class="field-error">{problem}</p>}
      {draft.kind === 'genesys-cloud' && (
        <>
          <div class="field-row">
            <Field label="Region" {...fieldOf(form, 'destination.region')}>
              {(control) => (
                <select
                  {...control}
                  value={draft.where === 'baseUrl' ? 'other' : draft.region}
                  onChange={({ currentTarget: { value } }) =>
                    form.change(value === 'other' ? { where: 'baseUrl' } : { where: 'region', region: value })
                  }
                >
                  {!isKnown && draft.where === 'region' && (
                    <option value={draft.region}>{draft.region}</option>
                  )}
                  {regions.map(({ domain, name }) => (
                    <option key={domain} value={domain}>
                      {name} · {domain}
                    </option>
                  ))}
                  <option value="other">Another address…</option>
                </select>
              )}
            </Field>
            <Field
              label="Client id"
              hint="Its secret goes under Secrets."
              {...fieldOf(form, 'destination.clientId')}
            >
              {(control) => <input {...control} {...textOf(form, 'clientId')} />}
            </Field>
          </div>
          {draft.where === 'baseUrl' && (
            <Field
              label="Address"
              hint="For API and login alike; https, or http to this computer."
              {...fieldOf(form, 'destination.baseUrl')}
            >
              {(control) => (
                <input
                  {...control}
                  {...textOf(form, 'baseUrl')}
                  type="url"
                  placeholder="https://pops.example.com"
                />
              )}
            </Field>
          )}
          <Field label="Scope" isOptional hint="Empty: none is sent." {...fieldOf(form, 'destination.scope')}>
            {(control) => <input {...control} {...textOf(form, 'scope')} />}
          </Field>
        </>
      )}
    </section>
  );
}
