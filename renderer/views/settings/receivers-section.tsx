/** Where the audit log is sent. */
import { Field } from '../../parts/field.tsx';
import { Icon } from '../../parts/icon.tsx';
import { type ListFocus, useListFocus } from '../../parts/list-focus.ts';
import { problemAt, problemUnder } from '../../parts/problems-at.ts';
import { newReceiver, type ReceiverDraft } from './receiver-draft.ts';
import { nextKey } from './settings-draft.ts';
import type { SettingsForm } from './settings-form.ts';

/** One section of the form. */
export function ReceiversSection({ form }: { form: SettingsForm }) {
  const { receivers } = form.draft;
  const problem = problemAt(form.problems, '/shipping');
  const focus = useListFocus();
  const add = (kind: ReceiverDraft['kind']) => {
    form.change({ receivers: [...receivers, newReceiver(nextKey(receivers), kind)] });
    focus.added();
  };
  return (
    <section ref={focus.ref} class="card form" aria-labelledby="receivers-title">
      <div>
        <h2 id="receivers-title">Receivers of the audit log</h2>
        <p class="muted">Each gets every entry, from the first on; what it has not taken yet waits here.</p>
      </div>
      {problem && <p class="field-error">{problem}</p>}
      {receivers.map((receiver, index) => (
        <ReceiverFields key={receiver.key} form={form} receiver={receiver} index={index} focus={focus} />
      ))}
      <div class="actions">
        <button type="button" class="button small" data-add onClick={() => add('syslog')}>
          <Icon name="plus" /> Add a syslog receiver
        </button>
        <button type="button" class="button small" onClick={() => add('otlp')}>
          <Icon name="plus" /> Add an OpenTelemetry receiver
        </button>
      </div>
    </section>
  );
}

interface Props {
  readonly form: SettingsForm;
  readonly receiver: ReceiverDraft;
  readonly index: number;
  readonly focus: ListFocus;
}

type TextName = 'id' | 'host' | 'port' | 'url' | 'secretHeader' | 'caFile';

function ReceiverFields({ form, receiver, index, focus }: Props) {
  const { receivers } = form.draft;
  const at = `/shipping/${index}`;
  const problem = problemAt(form.problems, at);
  const change = (part: Partial<ReceiverDraft>) =>
    form.change({
      receivers: receivers.map((other) => (other === receiver ? { ...other, ...part } : other)),
    });
  const remove = () => {
    form.change({ receivers: receivers.filter((other) => other !== receiver) });
    focus.removed(index);
  };
  const text = (name: TextName, label: string, placeholder: string, more: object = {}) => (
    <Field label={label} error={problemAt(form.problems, `${at}/${name}`)} {...more}>
      {(control) => (
        <input
          {...control}
          value={receiver[name]}
          autocomplete="off"
          spellcheck={false}
          placeholder={placeholder}
          onInput={({ currentTarget }) => change({ [name]: currentTarget.value })}
        />
      )}
    </Field>
  );
  const check = (name: 'tls' | 'logs' | 'metrics', label: string) => (
    <label class="check">
      <input
        type="checkbox"
        checked={receiver[name]}
        onChange={({ currentTarget }) => change({ [name]: currentTarget.checked })}
      />
      {label}
    </label>
  );
  const signals = problemUnder(form.problems, `${at}/signals`);
  return (
    <fieldset class="item">
      <legend>{receiver.id || 'New receiver'}</legend>
      {problem && <p class="field-error">{problem}</p>}
      {receiver.kind === 'syslog' ? (
        <>
          <div class="field-row">
            {text('id', 'Id', 'siem')}
            {text('host', 'Host', 'logs.example.com')}
            {text('port', 'Port', '6514')}
          </div>
          {check('tls', 'TLS; without it, anyone on the way can read along')}
        </>
      ) : (
        <>
          <div class="field-row">
            {text('id', 'Id', 'collector')}
            {text('url', 'Address', 'https://otel.example.com:4318')}
          </div>
          {check('logs', 'The entries, as log records')}
          {check('metrics', 'The figures, as metrics')}
          {signals && <p class="field-error">{signals}</p>}
          {text('secretHeader', 'Header for its secret', 'authorization', {
            isOptional: true,
            hint: 'Once this is saved, the secret goes under Secrets.',
          })}
        </>
      )}
      {text('caFile', 'File of its authority', '/etc/poptray/ca.pem', {
        isOptional: true,
        hint: 'PEM; without it, those that the system trusts.',
      })}
      <button type="button" class="button small danger start" data-remove onClick={remove}>
        Remove {receiver.id || 'this receiver'}
      </button>
    </fieldset>
  );
}
