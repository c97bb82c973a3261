/** First run: from nothing to a delivered test pop with one press, then on to a real softphone. */
import { useEffect, useState } from 'preact/hooks';
import { hrefOf } from '../../data/address.ts';
import { useStore } from '../../data/store.ts';
import { Icon } from '../../parts/icon.tsx';
import { OpenDesktop } from '../../parts/open-desktop.tsx';
import { AnswerNote } from '../test-pop/answer-note.tsx';
import { SAMPLE_AGENT } from '../test-pop/draft.ts';
import { usePop } from '../test-pop/use-pop.ts';
import { ConnectSoftphone } from './connect-softphone.tsx';
import { Step } from './step.tsx';

const SAMPLE = {
  userId: SAMPLE_AGENT,
  phase: 'manual' as const,
  customerData: { customerName: 'Ada Lovelace', caseId: 'C-1' },
};

/** Four steps; the second is the one that matters now. */
export function FirstRun() {
  const store = useStore();
  const status = store.status.value;
  const pop = usePop();
  const [hasSeenOne, setSeenOne] = useState(false);
  const hasDelivered = hasSeenOne || pop.answer?.status === 'delivered';

  useEffect(
    () =>
      store.onEntry((entry) => entry.status === 'delivered' && entry.type === 'result' && setSeenOne(true)),
    [store],
  );

  return (
    <div class="narrow">
      <div class="view-head">
        <h1>Your first pop</h1>
        <p class="muted">
          When a call reaches an agent, a page about the customer appears: a screen pop. Try one now; it takes
          one press.
        </p>
      </div>
      <ol class="steps">
        <Step number={1} title="Where pops go" isDone={status?.isConfigured ?? false}>
          {status?.isSimulated ? (
            <p>
              To a <strong>simulator</strong> on this computer. You need no account, and no agent sees
              anything. Its agent desktop shows each pop as an agent would see it.
            </p>
          ) : (
            <p>
              To <strong>{status?.destination ?? '…'}</strong>. The test pop goes to a sample agent there: to
              choose another, use <a href={hrefOf('test')}>Test pop</a>.
            </p>
          )}
        </Step>
        <Step number={2} title="Send a test pop" isDone={hasDelivered}>
          <p>
            About <strong>Ada Lovelace</strong>, case <strong>C-1</strong>, to a sample agent.
          </p>
          <div class="actions">
            <button
              type="button"
              class={hasDelivered ? 'button' : 'button primary big'}
              aria-disabled={pop.isSending}
              onClick={() => pop.send('popFire', { trigger: SAMPLE })}
            >
              <Icon name="test" />{' '}
              {pop.isSending ? 'Sending…' : hasDelivered ? 'Send another' : 'Send the test pop'}
            </button>
            {hasDelivered && (
              <a class="button" href={hrefOf('pops')}>
                See it in Recent pops
              </a>
            )}
            <OpenDesktop />
          </div>
          <AnswerNote pop={pop} />
        </Step>
        <Step number={3} title="Connect your softphone" isDone={false}>
          <ConnectSoftphone address={status?.addresses[0]} isAgentKnown={status?.agent.userId != null} />
        </Step>
        <Step
          number={4}
          title="Deliver to real agents"
          isDone={status ? !status.isSimulated && status.isConfigured : false}
        >
          <p>
            Set your Genesys Cloud region, client and application in <a href={hrefOf('settings')}>Settings</a>
            .
          </p>
        </Step>
      </ol>
    </div>
  );
}
