/** Test pop: a supervisor fires one by hand, after having seen exactly what it would be. */
import { useRef, useState } from 'preact/hooks';
import { type Status, useStore } from '../../data/store.ts';
import { useAnswer } from '../../data/use-answer.ts';
import { Icon } from '../../parts/icon.tsx';
import { OpenDesktop } from '../../parts/open-desktop.tsx';
import type { FieldProblem } from '../../parts/problems-at.ts';
import { AnswerNote } from './answer-note.tsx';
import { type Draft, newDraft, SAMPLE_AGENT, triggerOf } from './draft.ts';
import { FormFields } from './form-fields.tsx';
import { PreviewPanel } from './preview-panel.tsx';
import { usePop } from './use-pop.ts';
import { fieldProblemsOf, usePreview } from './use-preview.ts';

const NOBODY: Status['agent'] = { userId: null, name: null, from: null };

/** The form, its preview, and the answer. */
export function TestPop() {
  const store = useStore();
  const [draft, setDraft] = useState<Draft>(newDraft);
  const pop = usePop();
  /** Before a first attempt to send, an empty field is not yet a mistake. */
  const [isTried, setTried] = useState(false);
  /** Epoch milliseconds; undefined once the form is another. */
  const [dryRunAt, setDryRunAt] = useState<number>();
  const [fired, setFired] = useState<readonly FieldProblem[]>([]);
  const form = useRef<HTMLFormElement>(null);
  const settings = useAnswer('settingsGet', {});
  const agent = store.status.value?.agent ?? NOBODY;
  const isAgentKnown = agent.userId !== null;
  const [preview, ask] = usePreview(draft, isAgentKnown);
  const problems = [...preview.problems, ...fired].filter(
    ({ detail }) => isTried || detail !== 'is required',
  );

  const change = (part: Partial<Draft>) => {
    setFired([]);
    setDryRunAt(undefined);
    setDraft((before) => ({ ...before, ...part }));
  };

  /** Goes to the first field that is marked, once it is. */
  const showProblems = (found: readonly FieldProblem[]) => {
    store.announce(`Not sent: ${found.length === 1 ? 'one field is' : `${found.length} fields are`} wrong`);
    requestAnimationFrame(() => {
      const wrong = form.current?.querySelector<HTMLElement>('[aria-invalid]');
      wrong?.closest('details')?.setAttribute('open', '');
      wrong?.focus();
    });
  };

  const dryRun = async () => {
    setTried(true);
    const next = await ask();
    setDryRunAt(next.preview && Date.now());
    if (next.problems.length > 0) showProblems(next.problems);
    else
      store.announce(
        next.preview ? 'Dry run: nothing was sent; the preview is up to date' : 'Dry run: it would fail',
      );
  };

  const fire = async () => {
    setTried(true);
    const { trigger, problems: found } = triggerOf(draft, isAgentKnown);
    if (!trigger) {
      await ask();
      showProblems(found);
      return;
    }
    const answer = await pop.send('popFire', { trigger });
    if (!answer) return;
    const wrong = 'code' in answer ? fieldProblemsOf(answer) : [];
    setFired(wrong);
    setDraft((before) => ({ ...before, sessionToken: '' }));
    if (wrong.length > 0) showProblems(wrong);
  };

  return (
    <>
      <div class="view-head">
        <h1>Test pop</h1>
        <p class="muted">Fire a pop by hand and see exactly what it does.</p>
        <OpenDesktop />
      </div>
      <div class="two-columns">
        <form
          ref={form}
          class="card form"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            if (!pop.isSending) void fire();
          }}
        >
          <h2>Trigger</h2>
          <FormFields
            draft={draft}
            agent={agent}
            problems={problems}
            applications={settings.value?.settings.applications.map(({ id }) => id) ?? []}
            onChange={change}
          />
          <div class="actions">
            <button type="submit" class="button primary" aria-disabled={pop.isSending}>
              <Icon name="test" /> {pop.isSending ? 'Sending…' : 'Send test pop'}
            </button>
            <button type="button" class="button" onClick={dryRun}>
              Dry run
            </button>
            {store.status.value?.isSimulated && !isAgentKnown && draft.userId === '' && (
              <button type="button" class="button quiet" onClick={() => change({ userId: SAMPLE_AGENT })}>
                Use a sample agent
              </button>
            )}
          </div>
        </form>
        <div class="stack">
          {(pop.answer || pop.failure) && (
            <section class="card" aria-label="Answer">
              <h2>Answer</h2>
              <AnswerNote pop={pop} />
            </section>
          )}
          <PreviewPanel state={preview} hasToken={draft.sessionToken !== ''} dryRunAt={dryRunAt} />
        </div>
      </div>
    </>
  );
}
