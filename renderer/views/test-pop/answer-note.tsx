/** The answer to a pop, in full. */
import type { ApiResponse } from '../../../shared/api.ts';
import { sayDestinations } from '../../../shared/say-destinations.ts';
import { hrefOf } from '../../data/address.ts';
import { formatMs } from '../../format.ts';
import { Focus, Outcome } from '../../parts/outcome.tsx';
import { ProblemNote } from '../../parts/problem.tsx';
import { failureText } from '../../parts/states.tsx';
import { WrongMembers } from '../../parts/wrong-members.tsx';
import type { CallFailure } from '../../transport.ts';

export type PopAnswer = ApiResponse<'popFire'>;

/** The answer in a sentence, for the live region. */
export function sayAnswer(answer: PopAnswer): string {
  if ('code' in answer) return `Failed: ${answer.title}. ${answer.hint}`;
  if (answer.status === 'delivered') return `Delivered in ${formatMs(answer.latencyMs)}`;
  return answer.status === 'expired' ? 'Not sent: it had expired' : `Held back: ${heldText(answer.reason)}`;
}

/** Why a pop was, or would be, held back. */
export function heldText(reason: string | undefined): string {
  if (reason === 'dedupe') return 'this call has popped already';
  if (reason === 'ended') return 'the call is over';
  if (reason === 'unknown') return 'the call may have popped already, and nobody can tell';
  if (reason === 'policy') return 'pops of this phase are switched off in the settings';
  if (reason === 'expired') return 'its expiry has passed';
  return reason === 'paused' ? 'pops are paused' : 'by policy';
}

/** A delivery, a pop that was held back, a problem with its hint; nothing before one was sent. */
export function AnswerNote({
  pop: { answer, failure },
}: {
  pop: { readonly answer: PopAnswer | undefined; readonly failure: CallFailure | undefined };
}) {
  if (failure) return <p class="field-error">{failureText(failure)}</p>;
  if (!answer) return null;
  if ('code' in answer) {
    return (
      <ProblemNote code={answer.code} title={answer.title} hint={answer.hint} detail={answer.detail}>
        <WrongMembers errors={answer.errors} />
        <Destinations answer={answer} />
        {answer.popId !== undefined && <StoryLink popId={answer.popId} />}
        <Raw answer={answer} />
      </ProblemNote>
    );
  }
  const { status, latencyMs, windowFocused, reason } = answer;
  return (
    <div class={`answer answer-${status}`}>
      <p class="summary-line">
        <Outcome entry={{ type: 'result', status, reason: null }} />
        <strong class="summary-latency">{formatMs(latencyMs)}</strong>
        {status === 'delivered' && <Focus entry={{ status, windowFocused }} />}
      </p>
      {status === 'suppressed' && <p>Nothing was shown: {heldText(reason)}.</p>}
      {status === 'expired' && <p>Nothing was shown: its expiry had passed.</p>}
      {answer.duplicate && <p>The destination had this key before; the first pop stands.</p>}
      <Destinations answer={answer} />
      <StoryLink popId={answer.popId} />
      <Raw answer={answer} />
    </div>
  );
}

/** Nothing for a pop that goes to one alone. */
function Destinations({ answer: { destinations = [] } }: { answer: PopAnswer }) {
  return destinations.length > 0 && <p>{sayDestinations(destinations)}</p>;
}

function StoryLink({ popId }: { popId: string }) {
  return (
    <p>
      <a href={hrefOf('pops', popId)}>See the whole story</a>
    </p>
  );
}

function Raw({ answer }: { answer: PopAnswer }) {
  return (
    <details>
      <summary>The answer as JSON</summary>
      <pre class="code">{JSON.stringify(answer, null, 2)}</pre>
    </details>
  );
}
