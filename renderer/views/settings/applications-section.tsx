/** The pages that can be shown. */
import { Field } from '../../parts/field.tsx';
import { Icon } from '../../parts/icon.tsx';
import { type ListFocus, useListFocus } from '../../parts/list-focus.ts';
import { problemAt, problemUnder } from '../../parts/problems-at.ts';
import { ApplicationDestinations } from './application-destinations.tsx';
import { FramingFields } from './framing-fields.tsx';
import { PageFields } from './page-fields.tsx';
import { type ApplicationDraft, newApplication, nextKey } from './settings-draft.ts';
import type { SettingsForm } from './settings-form.ts';

/** One section of the form. */
export function ApplicationsSection({ form }: { form: SettingsForm }) {
  const { applications } = form.draft;
  const isLocked = form.isLocked('applications');
  const problem = problemAt(form.problems, '/applications');
  const focus = useListFocus();
  const add = () => {
    form.change({ applications: [...applications, newApplication(nextKey(applications))] });
    focus.added();
  };
  return (
    <section ref={focus.ref} class="card form" aria-labelledby="applications-title">
      <div>
        <h2 id="applications-title">Applications</h2>
        <p class="muted">The pages that can be shown. A trigger that names none gets the first.</p>
      </div>
      {problem && <p class="field-error">{problem}</p>}
      {applications.map((application, index) => (
        <ApplicationFields
          key={application.key}
          form={form}
          application={application}
          index={index}
          focus={focus}
        />
      ))}
      {!isLocked && (
        <button type="button" class="button small start" data-add onClick={add}>
          <Icon name="plus" /> Add an application
        </button>
      )}
    </section>
  );
}

interface Props {
  readonly form: SettingsForm;
  readonly application: ApplicationDraft;
  readonly index: number;
  readonly focus: ListFocus;
}

function ApplicationFields({ form, application, index, focus }: Props) {
  const { applications } = form.draft;
  const isLocked = form.isLocked('applications');
  const at = `/applications/${index}`;
  const change = (part: Partial<ApplicationDraft>) =>
    form.change({
      applications: applications.map((other) => (other === application ? { ...other, ...part } : other)),
    });
  const remove = () => {
    form.change({ applications: applications.filter((other) => other !== application) });
    focus.removed(index);
  };
  const bind = (name: 'id' | 'allowedOrigins' | 'state' | 'extensionMatrix') => ({
    value: application[name],
    autocomplete: 'off' as const,
    spellcheck: false,
    onInput: ({ currentTarget }: { currentTarget: { value: string } }) =>
      change({ [name]: currentTarget.value }),
  });
  return (
    <fieldset class="item">
      <legend>{application.id || 'New application'}</legend>
      <Field label="Id" isLocked={isLocked} error={problemAt(form.problems, `${at}/id`)}>
        {(control) => <input {...control} {...bind('id')} placeholder="com.example.crm" />}
      </Field>
      <PageFields form={form} at={at} page={application.page} onChange={(page) => change({ page })} />
      <Field
        label="Allowed origins"
        hint="One in each line. The page must be on one of them, exactly."
        isLocked={isLocked}
        error={problemUnder(form.problems, `${at}/allowedOrigins`)}
      >
        {(control) => (
          <textarea {...control} {...bind('allowedOrigins')} rows={2} placeholder="https://crm.example.com" />
        )}
      </Field>
      <details class="more-fields">
        <summary>State</summary>
        <Field
          label="State as JSON"
          hint="Sent with each pop; a trigger can override its members."
          isLocked={isLocked}
          error={problemUnder(form.problems, `${at}/state`)}
        >
          {(control) => <textarea {...control} {...bind('state')} rows={4} class="mono" />}
        </Field>
      </details>
      <details class="more-fields">
        <summary>Browser extension</summary>
        <Field
          label="Extension matrix"
          isOptional
          hint="A file in the data folder, or its full path: which extensions, browsers and versions can show the page. It is read when the settings are saved."
          isLocked={isLocked}
          error={problemAt(form.problems, `${at}/extensionMatrix`)}
        >
          {(control) => <input {...control} {...bind('extensionMatrix')} placeholder="extensions.json" />}
        </Field>
      </details>
      <ApplicationDestinations form={form} at={at} application={application} onChange={change} />
      <FramingFields
        form={form}
        at={at}
        application={application.id}
        framing={application.framing}
        onChange={(framing) => change({ framing })}
      />
      {!isLocked && applications.length > 1 && (
        <button type="button" class="button small danger start" data-remove onClick={remove}>
          Remove {application.id || 'this application'}
        </button>
      )}
    </fieldset>
  );
}
