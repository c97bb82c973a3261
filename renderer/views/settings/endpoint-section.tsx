/** The local endpoint, and how patient poptray is. */
import { Field } from '../../parts/field.tsx';
import { problemUnder } from '../../parts/problems-at.ts';
import { fieldOf, type SettingsForm, textOf } from './settings-form.ts';

const levels = ['error', 'warn', 'info', 'debug'];

/** `hasAutostart`: there is a shell that could start at login. */
export function EndpointSection({ form, hasAutostart }: { form: SettingsForm; hasAutostart: boolean }) {
  return (
    <section class="card form" aria-labelledby="endpoint-title">
      <h2 id="endpoint-title">Endpoint and limits</h2>
      <div class="field-row">
        <Field
          label="Port"
          hint={
            form.isWaiting('port')
              ? 'Changes when poptray starts again.'
              : '0: any free one. A change needs a new start.'
          }
          {...fieldOf(form, 'port')}
        >
          {(control) => <input {...control} {...textOf(form, 'port')} inputMode="numeric" />}
        </Field>
        <Field
          label="Rate limit"
          hint="Triggers per second and token. 0: none."
          {...fieldOf(form, 'rateLimit')}
        >
          {(control) => <input {...control} {...textOf(form, 'rateLimit')} inputMode="numeric" />}
        </Field>
      </div>
      <div class="field-row">
        <Field label="One attempt, in seconds" {...fieldOf(form, 'attemptTimeoutMs')}>
          {(control) => <input {...control} {...textOf(form, 'attemptSeconds')} inputMode="decimal" />}
        </Field>
        <Field label="All attempts, in seconds" {...fieldOf(form, 'totalDeadlineMs')}>
          {(control) => <input {...control} {...textOf(form, 'deadlineSeconds')} inputMode="decimal" />}
        </Field>
        <Field label="Log level" {...fieldOf(form, 'logLevel')}>
          {(control) => (
            <select {...control} {...textOf(form, 'logLevel')}>
              {levels.map((level) => (
                <option key={level}>{level}</option>
              ))}
            </select>
          )}
        </Field>
      </div>
      <Field
        label="Web pages that may call"
        isOptional
        hint="Origins, one in each line. Programs need none."
        error={problemUnder(form.problems, '/browserOrigins')}
        isLocked={form.isLocked('browserOrigins')}
      >
        {(control) => (
          <textarea
            {...control}
            {...textOf(form, 'browserOrigins')}
            rows={2}
            placeholder="https://softphone.example.com"
          />
        )}
      </Field>
      {hasAutostart && (
        <label class="check">
          <input
            type="checkbox"
            checked={form.draft.autostart}
            onChange={({ currentTarget }) => form.change({ autostart: currentTarget.checked })}
          />
          Start when I log in
        </label>
      )}
    </section>
  );
}
