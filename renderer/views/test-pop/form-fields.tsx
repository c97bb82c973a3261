/** The fields of the test pop. */
import type { TargetedEvent, TargetedInputEvent } from 'preact';
import type { Status } from '../../data/store.ts';
import { Field } from '../../parts/field.tsx';
import { type FieldProblem, problemAt, problemUnder } from '../../parts/problems-at.ts';
import { CustomerData } from './customer-data.tsx';
import type { Draft } from './draft.ts';

interface Props {
  readonly draft: Draft;
  readonly problems: readonly FieldProblem[];
  readonly applications: readonly string[];
  /** Who is meant where the form names nobody. */
  readonly agent: Status['agent'];
  readonly onChange: (part: Partial<Draft>) => void;
}

const phases = { ringing: 'Ringing', answered: 'Answered', ended: 'Ended', manual: 'By hand' };

/** The rarer ones are folded away. */
export function FormFields({ draft, problems, applications, agent, onChange }: Props) {
  const known = agent.name ?? agent.userId;
  const bind = (name: Exclude<keyof Draft, 'rows'>) => ({
    value: draft[name],
    autocomplete: 'off',
    onInput: ({ currentTarget }: TargetedInputEvent<HTMLInputElement | HTMLTextAreaElement>) =>
      onChange({ [name]: currentTarget.value }),
  });
  const choose = (name: 'application' | 'phase') => ({
    value: draft[name],
    onChange: ({ currentTarget }: TargetedEvent<HTMLSelectElement>) =>
      onChange({ [name]: currentTarget.value }),
  });
  const rest = problems.filter(({ pointer }) => pointer === '' || pointer === '/customerData');
  return (
    <>
      <Field
        label="Agent"
        isOptional={known !== null}
        hint={
          known === null
            ? 'A Genesys Cloud user id.'
            : `A Genesys Cloud user id; else ${known}, who works here.`
        }
        error={problemAt(problems, '/userId')}
      >
        {(control) => (
          <input
            {...control}
            {...bind('userId')}
            required={known === null}
            maxLength={64}
            spellcheck={false}
            name="userId"
          />
        )}
      </Field>
      <div class="field-row">
        <Field label="Application" error={problemAt(problems, '/application')}>
          {(control) => (
            <select {...control} {...choose('application')}>
              {applications.map((id, index) => (
                <option key={id} value={index === 0 ? '' : id}>
                  {id}
                </option>
              ))}
              {applications.length === 0 && <option value="">The first one</option>}
            </select>
          )}
        </Field>
        <Field label="Phase of the call" error={problemAt(problems, '/phase')}>
          {(control) => (
            <select {...control} {...choose('phase')}>
              <option value="">Not said</option>
              {Object.entries(phases).map(([phase, word]) => (
                <option key={phase} value={phase}>
                  {word}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      <CustomerData rows={draft.rows} problems={problems} onChange={(rows) => onChange({ rows })} />
      {rest.map(({ pointer, detail }) => (
        <p key={pointer + detail} class="field-error">
          {detail}
        </p>
      ))}
      <details class="more-fields">
        <summary>More fields</summary>
        <Field
          label="Session token"
          isOptional
          hint="Cleared as soon as the pop is sent, and never shown again."
          error={problemAt(problems, '/sessionToken')}
        >
          {(control) => (
            <input
              {...control}
              {...bind('sessionToken')}
              type="password"
              autocomplete="off"
              maxLength={4096}
            />
          )}
        </Field>
        <div class="field-row">
          <Field
            label="Interaction"
            isOptional
            hint="The call: it pops once, whatever fires for it."
            error={problemAt(problems, '/interactionId')}
          >
            {(control) => (
              <input {...control} {...bind('interactionId')} maxLength={512} spellcheck={false} />
            )}
          </Field>
          <Field
            label="Expires"
            isOptional
            hint="Dropped if it could not be sent by then."
            error={problemAt(problems, '/expiresAt')}
          >
            {(control) => <input {...control} {...bind('expiresAt')} type="datetime-local" step="1" />}
          </Field>
        </div>
        <Field
          label="Idempotency key"
          isOptional
          hint="The same key shows the pop at most once; one is made if you leave it empty."
          error={problemAt(problems, '/idempotencyKey')}
        >
          {(control) => <input {...control} {...bind('idempotencyKey')} maxLength={255} spellcheck={false} />}
        </Field>
        <Field
          label="State"
          isOptional
          hint="JSON; overrides members of the application’s state."
          error={problemUnder(problems, '/state')}
        >
          {(control) => (
            <textarea
              {...control}
              {...bind('state')}
              rows={3}
              spellcheck={false}
              class="mono"
              placeholder={'{"priority":"high"}'}
            />
          )}
        </Field>
      </details>
    </>
  );
}
