/** Whether the page of an application may be framed, and what is done about it. */
import { useState } from 'preact/hooks';
import { useStore } from '../../data/store.ts';
import { useAnswer } from '../../data/use-answer.ts';
import { Field } from '../../parts/field.tsx';
import { FramingNotes } from '../../parts/framing-note.tsx';
import { problemAt, problemUnder } from '../../parts/problems-at.ts';
import { failureText } from '../../parts/states.tsx';
import type { FramingDraft } from './framing-draft.ts';
import type { SettingsForm } from './settings-form.ts';

const modes: readonly { readonly mode: FramingDraft['mode']; readonly label: string }[] = [
  { mode: '', label: 'Usual: warn, once there is a real destination' },
  { mode: 'enforce', label: 'Enforce: refuse pops whose page may not be framed' },
  { mode: 'warn', label: 'Warn: send them, and say so here and in the log' },
  { mode: 'off', label: 'Off: nobody looks' },
];

interface Props {
  readonly form: SettingsForm;
  /** The JSON pointer of the application. */
  readonly at: string;
  readonly application: string;
  readonly framing: FramingDraft;
  readonly onChange: (framing: FramingDraft) => void;
}

/** Folded away, since most pages need none of it. */
export function FramingFields({ form, at, application, framing, onChange }: Props) {
  const isLocked = form.isLocked('applications');
  const set = (part: Partial<FramingDraft>) => onChange({ ...framing, ...part });
  return (
    <details class="more-fields">
      <summary>Framing</summary>
      <FramingLook application={application} />
      <div class="field-row">
        <Field
          label="When the page may not be framed"
          isLocked={isLocked}
          error={problemAt(form.problems, `${at}/framing/mode`)}
        >
          {(control) => (
            <select
              {...control}
              value={framing.mode}
              onChange={({ currentTarget }) => set({ mode: currentTarget.value as FramingDraft['mode'] })}
            >
              {modes.map(({ mode, label }) => (
                <option key={mode} value={mode}>
                  {label}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field
          label="Shown in a frame of"
          isOptional
          hint="Empty: what each destination tells, such as the agent desktop of the region."
          isLocked={isLocked}
          error={problemAt(form.problems, `${at}/framing/embedder`)}
        >
          {(control) => (
            <input
              {...control}
              type="url"
              value={framing.embedder}
              onInput={({ currentTarget }) => set({ embedder: currentTarget.value })}
              placeholder="https://apps.mypurecloud.com"
            />
          )}
        </Field>
      </div>
      <Field
        label="The page’s policy must say"
        isOptional
        hint="One rule in each line: must-allow or must-not-exceed, a directive, and its sources."
        isLocked={isLocked}
        error={problemUnder(form.problems, `${at}/framing/directives`)}
      >
        {(control) => (
          <textarea
            {...control}
            class="mono"
            rows={3}
            value={framing.directives}
            onInput={({ currentTarget }) => set({ directives: currentTarget.value })}
            placeholder="must-allow frame-ancestors https://*.genesys.cloud"
          />
        )}
      </Field>
    </details>
  );
}

/** What is known of the page as it was saved, and a look at it now. */
function FramingLook({ application }: { application: string }) {
  const store = useStore();
  const { value, failure, reload } = useAnswer('framingState', { application, lookNow: false });
  const [isLooking, setLooking] = useState(false);
  const look = async () => {
    setLooking(true);
    await store.call('framingState', { application, lookNow: true });
    setLooking(false);
    reload();
    store.announce('The page was looked at');
  };
  if (failure) return <p class="field-error">{failureText(failure)}</p>;
  if (!value?.states)
    return <p class="muted">Once it is saved, poptray looks whether the page may be framed.</p>;
  if (value.states.length === 0)
    return <p class="muted">Nothing is known to frame this page, so nobody looks.</p>;
  return (
    <>
      <FramingNotes states={value.states} />
      <button type="button" class="button small start" aria-disabled={isLooking} onClick={look}>
        {isLooking ? 'Looking…' : 'Look at the page now'}
      </button>
    </>
  );
}
