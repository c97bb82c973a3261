/** Settings: the form, which is saved as a whole, and what takes effect at once beside it. */
import { useRef, useState } from 'preact/hooks';
import type { ApiResponse } from '../../../shared/api.ts';
import { useStore } from '../../data/store.ts';
import { useAnswer } from '../../data/use-answer.ts';
import type { FieldProblem } from '../../parts/problems-at.ts';
import { Failure, failureText, Loading } from '../../parts/states.tsx';
import { AgentSection } from './agent-section.tsx';
import { ApplicationsSection } from './applications-section.tsx';
import { DestinationsSection } from './destinations-section.tsx';
import { EndpointSection } from './endpoint-section.tsx';
import { PopsSection } from './pops-section.tsx';
import { QueueCard } from './queue-card.tsx';
import { ReceiversSection } from './receivers-section.tsx';
import { RecordSection } from './record-section.tsx';
import { SaveBar } from './save-bar.tsx';
import { SecretsCard } from './secrets-card.tsx';
import { SessionsCard } from './sessions-card.tsx';
import { draftOf, type SettingsDraft, settingsOf } from './settings-draft.ts';
import { lockOf, type SettingsForm } from './settings-form.ts';
import { TokensCard } from './tokens-card.tsx';
import { secretsOf, WebhooksSection } from './webhooks-section.tsx';

/** Loads what there is to edit. */
export function SettingsView() {
  const answer = useAnswer('settingsGet', {});
  const [saves, setSaves] = useState(0);
  return (
    <>
      <div class="view-head">
        <h1>Settings</h1>
      </div>
      <div class="settings">
        {answer.value ? (
          <SettingsEditor {...answer.value} onSave={() => setSaves(saves + 1)} />
        ) : answer.failure ? (
          <Failure failure={answer.failure} onRetry={answer.reload} />
        ) : (
          <Loading rows={12} />
        )}
        <div class="stack">
          <TokensCard />
          <SecretsCard key={saves} />
          <SessionsCard />
          <QueueCard />
        </div>
      </div>
    </>
  );
}

interface EditorProps extends ApiResponse<'settingsGet'> {
  readonly onSave: () => void;
}

function SettingsEditor({
  settings,
  destinationKinds: kinds,
  fromEnvironment,
  atNextStart,
  onSave,
}: EditorProps) {
  const store = useStore();
  const [saved, setSaved] = useState(settings);
  const [draft, setDraft] = useState(() => draftOf(settings, kinds));
  const [problems, setProblems] = useState<readonly FieldProblem[]>([]);
  const [note, setNote] = useState('');
  const [waiting, setWaiting] = useState(atNextStart);
  const element = useRef<HTMLFormElement>(null);
  const isChanged = JSON.stringify(draft) !== JSON.stringify(draftOf(saved, kinds));
  // Then there is something to save as it is: a file that can be used.
  const hasFileFault = store.status.value?.settingsFault != null;

  const form: SettingsForm = {
    draft,
    problems,
    isLocked: lockOf(fromEnvironment),
    isWaiting: (member) => waiting.includes(member),
    change(part: Partial<SettingsDraft>) {
      setNote('');
      setDraft((before) => ({ ...before, ...part }));
    },
  };

  const say = (text: string) => {
    setNote(text);
    store.announce(text);
  };

  const refuse = (found: readonly FieldProblem[]) => {
    setProblems(found);
    say(found.length === 1 ? 'Not saved: one thing is wrong' : `Not saved: ${found.length} things are wrong`);
    requestAnimationFrame(() => {
      const wrong = element.current?.querySelector<HTMLElement>('[aria-invalid]');
      wrong?.closest('details')?.setAttribute('open', '');
      wrong?.focus();
    });
  };

  const save = async () => {
    const made = settingsOf(draft, saved, kinds);
    if (made.problems.length > 0) return refuse(made.problems);
    const secrets = secretsOf(draft.webhooks);
    const result = await store.call('settingsSet', { settings: made.settings, secrets });
    if (!result.ok) return say(`Not saved. ${failureText(result)}`);
    if ('errors' in result.value) return refuse(result.value.errors);
    setProblems([]);
    setSaved(result.value.settings);
    setDraft(draftOf(result.value.settings, kinds));
    setWaiting(result.value.atNextStart);
    onSave();
    const { keptAside } = result.value;
    const isWhole = result.value.atNextStart.length === 0;
    const aside = keptAside === null ? '' : `; the file as it was is kept as ${keptAside}`;
    say((isWhole ? 'Saved, and in effect' : 'Saved, and in effect but for the port') + aside);
  };

  return (
    <form
      ref={element}
      class="stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <AgentSection form={form} />
      <DestinationsSection form={form} kinds={kinds} />
      <ApplicationsSection form={form} />
      <PopsSection form={form} />
      <WebhooksSection form={form} />
      <RecordSection form={form} />
      <ReceiversSection form={form} />
      <EndpointSection form={form} hasAutostart={'autostart' in saved} />
      <SaveBar
        isChanged={isChanged || hasFileFault}
        note={note}
        problems={problems}
        onDiscard={() => {
          setDraft(draftOf(saved, kinds));
          setProblems([]);
          setNote('');
        }}
      />
    </form>
  );
}
