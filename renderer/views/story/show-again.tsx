/** Another go for a pop, as long as its context is in memory: the same one once more, or a new one, which can be a second page. */
import { useId } from 'preact/hooks';
import type { AuditEntry } from '../../../shared/audit.ts';
import { eventOf } from '../../../shared/log-events.ts';
import { Icon } from '../../parts/icon.tsx';
import { AnswerNote } from '../test-pop/answer-note.tsx';
import { usePop } from '../test-pop/use-pop.ts';

interface Props {
  /** How the pop ended. */
  readonly result: AuditEntry;
  readonly canSendAgain: boolean;
  readonly onShown: () => void;
}

/** Whether the same key makes sense once more. Where the destination keeps none, it would only be told so again. */
function isOpen({ status, code }: AuditEntry): boolean {
  return (status === 'failed' || status === 'unknown') && code !== 'outcome_unknown';
}

/** What the agent may get to see of a new pop, in view of the first. */
function riskOf({ status, reason, mayHaveArrived }: AuditEntry): string {
  if (status === 'delivered') return 'The agent has seen this page and gets it a second time.';
  if (status === 'suppressed' && reason === 'dedupe')
    return 'Its call has popped already: the agent gets a second page.';
  const isSure =
    status === 'suppressed' ? reason !== 'unknown' : status === 'expired' || mayHaveArrived === false;
  return isSure
    ? 'Nothing of this one was shown.'
    : 'This one may have been shown: the agent may get the page twice.';
}

/** Nothing while the pop is under way; says why when it cannot. */
export function ShowAgain({ result, canSendAgain, onShown }: Props) {
  const pop = usePop();
  const event = eventOf(result);
  if (event?.kind !== 'result') return null;
  const { popId } = event;
  const send = async (asNew: boolean) => {
    if (!canSendAgain) return;
    await pop.send('popSendAgain', { popId, asNew });
    onShown();
  };
  const isDisabled = pop.isSending || !canSendAgain;
  return (
    <div class="show-again">
      {isOpen(result) && (
        <Choice
          label="Try again"
          isFirst
          text="With its key: the destination shows the page at most once."
          isDisabled={isDisabled}
          onChoose={() => send(false)}
        />
      )}
      <Choice
        label="Pop again as new"
        text={`With a new key. ${riskOf(result)}`}
        isDisabled={isDisabled}
        onChoose={() => send(true)}
      />
      {!canSendAgain && <p class="muted">Its context is not in memory any more; poptray never stores it.</p>}
      <AnswerNote pop={pop} />
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly isFirst?: boolean;
  readonly text: string;
  readonly isDisabled: boolean;
  readonly onChoose: () => void;
}

function Choice({ label, isFirst = false, text, isDisabled, onChoose }: ChoiceProps) {
  const id = useId();
  return (
    <>
      <button
        type="button"
        class={isFirst ? 'button primary' : 'button'}
        aria-disabled={isDisabled}
        aria-describedby={id}
        onClick={onChoose}
      >
        <Icon name="again" /> {label}
      </button>
      <p class="muted" id={id}>
        {text}
      </p>
    </>
  );
}
