/** Sends a pop once more, as a new one, as long as its context is in memory. */
import { useState } from 'preact/hooks';
import { useStore } from '../../data/store.ts';
import { Icon } from '../../parts/icon.tsx';
import { failureText } from '../../parts/states.tsx';
import type { CallFailure } from '../../transport.ts';
import { AnswerNote, type PopAnswer, sayAnswer } from '../test-pop/answer-note.tsx';

/** Says why when it cannot. */
export function SendAgain({ popId, canSendAgain }: { popId: string; canSendAgain: boolean }) {
  const store = useStore();
  const [isSending, setSending] = useState(false);
  const [answer, setAnswer] = useState<PopAnswer>();
  const [failure, setFailure] = useState<CallFailure>();
  const send = async () => {
    setSending(true);
    const result = await store.call('popSendAgain', { popId });
    setSending(false);
    setFailure(result.ok ? undefined : result.code);
    if (!result.ok) {
      store.announce(failureText(result.code));
      return;
    }
    setAnswer(result.value);
    store.announce(sayAnswer(result.value));
  };
  return (
    <div class="send-again">
      <button
        type="button"
        class="button"
        aria-disabled={isSending || !canSendAgain}
        onClick={() => canSendAgain && !isSending && send()}
      >
        <Icon name="again" /> {isSending ? 'Sending…' : 'Send again'}
      </button>
      <p class="muted">
        {canSendAgain
          ? 'As a new pop, with the same context.'
          : 'Its context is not in memory any more; poptray never stores it.'}
      </p>
      {failure && <p class="field-error">{failureText(failure)}</p>}
      {answer && <AnswerNote answer={answer} />}
    </div>
  );
}
