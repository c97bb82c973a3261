/** Sends a pop once more, as a new one, as long as its context is in memory. */
import { Icon } from '../../parts/icon.tsx';
import { AnswerNote } from '../test-pop/answer-note.tsx';
import { usePop } from '../test-pop/use-pop.ts';

/** Says why when it cannot. */
export function SendAgain({ popId, canSendAgain }: { popId: string; canSendAgain: boolean }) {
  const pop = usePop();
  return (
    <div class="send-again">
      <button
        type="button"
        class="button"
        aria-disabled={pop.isSending || !canSendAgain}
        onClick={() => canSendAgain && pop.send('popSendAgain', { popId })}
      >
        <Icon name="again" /> {pop.isSending ? 'Sending…' : 'Send again'}
      </button>
      <p class="muted">
        {canSendAgain
          ? 'As a new pop, with the same context.'
          : 'Its context is not in memory any more; poptray never stores it.'}
      </p>
      <AnswerNote pop={pop} />
    </div>
  );
}
