/** What would be sent: the page's exact URL and the destination call. */
import { useState } from 'preact/hooks';
import type { ApiResponse } from '../../../shared/api.ts';
import type { Problem } from '../../../shared/problem.ts';
import { formatClockSeconds } from '../../format.ts';
import { Banner } from '../../parts/banner.tsx';
import { FramingNotes } from '../../parts/framing-note.tsx';
import { ProblemNote } from '../../parts/problem.tsx';
import { failureText } from '../../parts/states.tsx';
import { heldText } from './answer-note.tsx';
import type { PreviewState } from './use-preview.ts';

/** The session token stands once in the URL; nobody at the screen needs to read it to check the rest. */
function masked(text: string): string {
  return text.replace(/([#?&]sessionToken=)[^&"\\\s]*/g, '$1••••••');
}

type Destination = Exclude<ApiResponse<'popPreview'>, Problem>['destinations'][number];

interface Props {
  readonly state: PreviewState;
  readonly hasToken: boolean;
  /** When what is shown was asked for by hand, in epoch milliseconds. */
  readonly dryRunAt: number | undefined;
}

/** Follows the form; sends nothing. */
export function PreviewPanel({ state, hasToken, dryRunAt }: Props) {
  const [isTokenShown, setTokenShown] = useState(false);
  const { preview, problem, failure } = state;
  const show = (text: string) => (isTokenShown && hasToken ? text : masked(text));
  return (
    <section class="card" aria-label="Preview">
      <h2>Preview</h2>
      {failure && <p class="field-error">{failureText(failure)}</p>}
      {problem && state.problems.length === 0 && (
        <ProblemNote code={problem.code} title={problem.title} hint={problem.hint} detail={problem.detail} />
      )}
      {!preview && !failure && (!problem || state.problems.length > 0) && (
        <p class="muted">
          {state.problems.some(({ detail }) => detail !== 'is required')
            ? 'Correct the marked fields to see what would be sent.'
            : 'Fill in the agent to see what would be sent. Nothing is sent until you say so.'}
        </p>
      )}
      {preview && (
        <>
          {dryRunAt !== undefined && (
            <Banner tone="info" icon="info">
              Dry run at {formatClockSeconds(dryRunAt)}: nothing was sent. This is what would be.
            </Banner>
          )}
          {preview.held && (
            <Banner tone="warn" icon="suppressed">
              Would not pop now: {heldText(preview.held)}.
            </Banner>
          )}
          <FramingNotes states={preview.framing.filter(({ mode }) => mode !== 'off')} />
          <h3>The page</h3>
          <p class="code">{show(preview.uri)}</p>
          {hasToken && (
            <label class="check">
              <input
                type="checkbox"
                checked={isTokenShown}
                onChange={({ currentTarget }) => setTokenShown(currentTarget.checked)}
              />
              Show the session token
            </label>
          )}
          {preview.destinations.map(({ id, missing, call }) => (
            <CallPreview key={id} id={id} missing={missing} call={call} show={show} />
          ))}
          <p class="muted">Credentials and signatures are added when it is sent.</p>
        </>
      )}
    </section>
  );
}

interface CallProps extends Destination {
  readonly show: (text: string) => string;
}

function CallPreview({ id, missing, call, show }: CallProps) {
  return (
    <>
      <h3>The call to {id}</h3>
      {missing !== null && <p class="field-error">Not configured: {missing}.</p>}
      {call && (
        <>
          <p class="code">
            {call.method} {call.url}
          </p>
          <pre class="code">
            {Object.entries(call.headers)
              .map(([name, value]) => `${name}: ${value}`)
              .join('\n')}
            {'\n\n'}
            {show(indented(call.body))}
          </pre>
        </>
      )}
    </>
  );
}

function indented(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
