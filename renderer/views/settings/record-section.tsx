/** How long the audit log is kept. */
import { Field } from '../../parts/field.tsx';
import { fieldOf, type SettingsForm, textOf } from './settings-form.ts';

/** One section of the form. */
export function RecordSection({ form }: { form: SettingsForm }) {
  return (
    <section class="card form" aria-labelledby="record-title">
      <h2 id="record-title">Audit log</h2>
      <Field
        label="Keep entries, in days"
        hint="Older ones are removed, some hours after the day; the log says so itself. 7 or more; 0 keeps all."
        {...fieldOf(form, 'auditKeepDays')}
      >
        {(control) => (
          <input {...control} {...textOf(form, 'auditKeepDays')} inputMode="numeric" class="short" />
        )}
      </Field>
    </section>
  );
}
