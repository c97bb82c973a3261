/** The webhook messages that wait, and those that were given up. */
import { useEffect, useState } from 'preact/hooks';
import type { ApiResponse } from '../../../shared/api.ts';
import { plural } from '../../../shared/plural.ts';
import { sayWebhookFailure } from '../../../shared/webhook-failure.ts';
import { hrefOf } from '../../data/address.ts';
import { useStore } from '../../data/store.ts';
import { useAnswer } from '../../data/use-answer.ts';
import { Icon } from '../../parts/icon.tsx';
import { Failure, failureText, Loading } from '../../parts/states.tsx';

type DeadLetter = ApiResponse<'webhookQueue'>['dead'][number];

/** Follows the log. */
export function QueueCard() {
  const store = useStore();
  const queue = useAnswer('webhookQueue', {});
  const [problem, setProblem] = useState<string>();
  const { reload } = queue;
  useEffect(() => store.onEntry(({ type }) => type === 'webhook' && reload()), [store]);

  const resend = async ({ id, webhook }: DeadLetter) => {
    const result = await store.call('webhookResend', { id, webhook });
    const isSent = result.ok && result.value.found;
    setProblem(isSent ? undefined : result.ok ? 'This message is not there any more.' : failureText(result));
    if (isSent) store.announce('The message is in the queue again');
    reload();
  };

  return (
    <section class="card" aria-labelledby="queue-title">
      <div>
        <h2 id="queue-title">Webhook queue</h2>
        {queue.value && (
          <p class="muted">
            {queue.value.waiting === 0
              ? 'Nothing waits'
              : `${plural(queue.value.waiting, 'message')} waiting`}
            {queue.value.dead.length === 0 ? ', and nothing was given up.' : '. Given up:'}
          </p>
        )}
      </div>
      {problem && <p class="field-error">{problem}</p>}
      {!queue.value &&
        (queue.failure ? <Failure failure={queue.failure} onRetry={reload} /> : <Loading rows={2} />)}
      {queue.value && queue.value.dead.length > 0 && (
        <ul class="items">
          {queue.value.dead.map((letter) => (
            <li key={`${letter.webhook} ${letter.id}`}>
              <span class="item-name">
                <strong>{letter.webhook}</strong>
                <span class="muted">
                  {' '}
                  {plural(letter.attempts, 'attempt')}
                  {`: ${sayWebhookFailure(letter.failure)}`}
                  {' · '}
                  <a href={hrefOf('pops', letter.popId)}>its pop</a>
                </span>
              </span>
              <button
                type="button"
                class="button small"
                aria-label={`Resend to ${letter.webhook}`}
                onClick={() => resend(letter)}
              >
                <Icon name="again" /> Resend
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
