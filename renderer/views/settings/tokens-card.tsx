/** The local tokens that softphones send: made here, shown once, revoked at once. */
import { useState } from 'preact/hooks';
import { useStore } from '../../data/store.ts';
import { useAnswer } from '../../data/use-answer.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Field } from '../../parts/field.tsx';
import { Failure, failureText, Loading } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { AskTwice } from './ask-twice.tsx';
import { type OpenPairing, PairPage } from './pair-page.tsx';

/** Takes effect at once. */
export function TokensCard() {
  const store = useStore();
  const tokens = useAnswer('tokenList', {});
  const [name, setName] = useState('');
  const [made, setMade] = useState<{ name: string; token: string }>();
  const [pairing, setPairing] = useState<OpenPairing>();
  const [ended, setEnded] = useState<string>();
  const [problem, setProblem] = useState<string>();

  const pair = async () => {
    if (name.trim() === '') return setProblem('needs a name');
    const result = await store.call('pairingOpen', { name: name.trim() });
    if (!result.ok) return setProblem(failureText(result));
    if ('refused' in result.value) return setProblem(result.value.refused);
    setPairing({ name: name.trim(), ...result.value });
    setEnded(undefined);
    setName('');
    setProblem(undefined);
  };

  const endPairing = (note?: string) => {
    setPairing(undefined);
    setEnded(note);
    tokens.reload();
    if (note !== undefined) store.announce(note);
  };

  const create = async () => {
    if (name.trim() === '') return setProblem('needs a name');
    const result = await store.call('tokenCreate', { name: name.trim() });
    if (!result.ok) return setProblem(failureText(result));
    if ('refused' in result.value) return setProblem(result.value.refused);
    setMade({ name: name.trim(), token: result.value.token });
    setName('');
    setProblem(undefined);
    tokens.reload();
    store.announce(`Token ${name.trim()} was made. Copy it now: it is shown this once`);
  };

  const revoke = async (revoked: string) => {
    const result = await store.call('tokenRevoke', { name: revoked });
    if (!result.ok) return setProblem(failureText(result));
    if (made?.name === revoked) setMade(undefined);
    tokens.reload();
    store.announce(`Token ${revoked} was revoked`);
  };

  return (
    <section class="card" aria-labelledby="tokens-title">
      <div>
        <h2 id="tokens-title">Local tokens</h2>
        <p class="muted">
          A softphone sends one with each trigger. Give each its own; a web page or a browser extension is
          paired.
        </p>
      </div>
      {pairing && <PairPage pairing={pairing} onEnd={endPairing} />}
      {ended !== undefined && <p class="once">{ended}.</p>}
      {made && (
        <div class="once">
          <p>
            <strong>{made.name}</strong>: copy it now, it is shown this once.
          </p>
          <p class="code">{made.token}</p>
          <div class="actions">
            <CopyButton text={made.token} label="Copy token" />
            <button type="button" class="button small" onClick={() => setMade(undefined)}>
              Done
            </button>
          </div>
        </div>
      )}
      {!tokens.value ? (
        tokens.failure ? (
          <Failure failure={tokens.failure} onRetry={tokens.reload} />
        ) : (
          <Loading rows={2} />
        )
      ) : tokens.value.length === 0 ? (
        <p class="muted">None yet.</p>
      ) : (
        <ul class="items">
          {tokens.value.map((token) => (
            <li key={token.name}>
              <span class="item-name">
                <strong>{token.name}</strong>
                <span class="muted">
                  {' '}
                  {token.origin !== null && `${token.origin}, `}
                  since <Time value={token.createdAt} full />
                </span>
              </span>
              <AskTwice
                label="Revoke"
                sure="Revoke now"
                describes={token.name}
                onConfirm={() => revoke(token.name)}
              />
            </li>
          ))}
        </ul>
      )}
      <form
        class="inline-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        <Field label="New token for" error={problem}>
          {(control) => (
            <input
              {...control}
              value={name}
              maxLength={64}
              placeholder="my-softphone"
              autocomplete="off"
              spellcheck={false}
              onInput={({ currentTarget }) => {
                setName(currentTarget.value);
                setProblem(undefined);
              }}
            />
          )}
        </Field>
        <button type="submit" class="button">
          Create
        </button>
        <button type="button" class="button" onClick={pair}>
          Pair a page
        </button>
      </form>
    </section>
  );
}
