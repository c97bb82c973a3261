/** Secrets: where each is kept; set and cleared, never shown. */
import { useState } from 'preact/hooks';
import type { ApiResponse } from '../../../shared/api.ts';
import { useStore } from '../../data/store.ts';
import { useAnswer } from '../../data/use-answer.ts';
import { Field } from '../../parts/field.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Failure, failureText, Loading } from '../../parts/states.tsx';
import { AskTwice } from './ask-twice.tsx';

type Secret = ApiResponse<'secretList'>[number];

const sources = {
  environment: 'set in the environment',
  keychain: 'in the keychain',
  file: 'in a file',
  locked: 'perhaps in the keychain, which is locked',
};

/** Takes effect at once. */
export function SecretsCard() {
  const secrets = useAnswer('secretList', {});
  return (
    <section class="card" aria-labelledby="secrets-title">
      <div>
        <h2 id="secrets-title">Secrets</h2>
        <p class="muted">
          They can be set and cleared, and are never shown. Each is used for the address that it was entered
          for alone.
        </p>
      </div>
      {secrets.value ? (
        <ul class="items">
          {secrets.value.map((secret) => (
            <SecretItem key={secret.name} secret={secret} onChange={secrets.reload} />
          ))}
        </ul>
      ) : secrets.failure ? (
        <Failure failure={secrets.failure} onRetry={secrets.reload} />
      ) : (
        <Loading rows={3} />
      )}
    </section>
  );
}

function SecretItem({ secret, onChange }: { secret: Secret; onChange: () => void }) {
  const { name, source, origin } = secret;
  const store = useStore();
  const [isEditing, setEditing] = useState(false);
  const [value, setValue] = useState('');
  const [problem, setProblem] = useState<string>();
  const label = `${secret.label.charAt(0).toUpperCase()}${secret.label.slice(1)}`;

  const set = async (next: string | null) => {
    const result = await store.call('secretSet', { name, value: next });
    const refused = result.ok ? result.value.refused : failureText(result);
    if (refused !== null) {
      setProblem(refused);
      return;
    }
    setValue('');
    setEditing(false);
    setProblem(undefined);
    onChange();
    store.announce(next === null ? `${label} was cleared` : `${label} was set`);
  };

  return (
    <li>
      <span class="item-name">
        <strong>{label}</strong>
        <span class={source ? 'muted' : 'not-set'}> {source ? sources[source] : 'not set'}</span>
        <span class="muted">
          {' '}
          {origin === null ? 'nothing that is saved has use for it' : `for ${origin}`}
        </span>
      </span>
      {source === 'environment' ? (
        <span class="tag">
          <Icon name="lock" /> environment
        </span>
      ) : (
        <span class="actions">
          {origin !== null && (
            <button
              type="button"
              class="button small"
              aria-expanded={isEditing}
              aria-label={`${source ? 'Replace' : 'Set'} ${label}`}
              onClick={() => setEditing(!isEditing)}
            >
              {source ? 'Replace' : 'Set'}
            </button>
          )}
          {source && (
            <AskTwice label="Clear" sure="Clear now" describes={label} onConfirm={() => set(null)} />
          )}
        </span>
      )}
      <Elsewhere {...secret} />
      {isEditing ? (
        <form
          class="inline-form"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            if (value === '') setProblem('is empty');
            else void set(value);
          }}
        >
          <Field label={`New value for ${origin}`} error={problem}>
            {(control) => (
              <input
                {...control}
                type="password"
                autocomplete="off"
                maxLength={4096}
                value={value}
                onInput={({ currentTarget }) => setValue(currentTarget.value)}
              />
            )}
          </Field>
          <button type="submit" class="button">
            Save
          </button>
        </form>
      ) : (
        problem && <p class="field-error">{problem}</p>
      )}
    </li>
  );
}

/** For where it was entered, if that is not where it would go. */
function Elsewhere({ source, origin, enteredFor }: Secret) {
  if (origin === null || source === null || enteredFor === null || enteredFor === origin) return null;
  return (
    <p class="not-set">
      {enteredFor === '' ? 'Entered before anything had use for it' : `Entered for ${enteredFor}`}, so it is
      not used: {source === 'environment' ? 'name the address in the environment too' : 'enter it again'}
    </p>
  );
}
