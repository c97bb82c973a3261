/** The page of a pop, in a frame as the agent desktop has it, or in words why it cannot be there. */
import { useEffect, useState } from 'preact/hooks';
import type { DesktopPop, FrameVerdict } from '../../shared/desktop.ts';
import { Icon } from '../parts/icon.tsx';
import { SECRET_NAME } from './read-pop.ts';

/** A page that nobody has looked at yet is shown all the same after this long, in milliseconds. */
const LOOK_MS = 1500;

/** As the client applications of Genesys Cloud are framed: it may do what a page does, and not take the desktop away. */
const SANDBOX = [
  'allow-downloads',
  'allow-forms',
  'allow-modals',
  'allow-popups',
  'allow-popups-to-escape-sandbox',
  'allow-presentation',
  'allow-same-origin',
  'allow-scripts',
].join(' ');

export function Stage({ pop }: { readonly pop: DesktopPop }) {
  const [isForced, setForced] = useState(false);
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), LOOK_MS);
    return () => clearTimeout(timer);
  }, []);
  const here = pop.framing?.[0];
  const isAwaited = pop.framing === null && !isLate;
  const isUnfit = here?.verdict === 'blocked' || here?.rule === 'unreachable';
  return (
    <section class="stage" aria-label="The page">
      <Address uri={pop.uri} />
      {isUnfit && !isForced ? (
        <Refused verdict={here} elsewhere={pop.framing?.[1]} uri={pop.uri} onForce={() => setForced(true)} />
      ) : (
        <iframe
          class={isAwaited ? 'frame frame-awaited' : 'frame'}
          title={`The page of ${pop.applicationId}`}
          src={pop.uri}
          sandbox={SANDBOX}
          referrerpolicy="no-referrer"
        />
      )}
    </section>
  );
}

/** The URL, in which the fragment, which no server sees, stands out; the session token can be left unread. */
function Address({ uri }: { readonly uri: string }) {
  const [isSecretShown, setSecretShown] = useState(false);
  const [page = '', ...rest] = uri.split('#');
  const fragment = rest.join('#');
  const token = new RegExp(`(^|[?&])(${SECRET_NAME}=)[^&]+`);
  const hasSecret = token.test(fragment);
  const shown = hasSecret && !isSecretShown ? fragment.replace(token, '$1$2••••••') : fragment;
  const { origin = '', pathname = '' } = URL.parse(page) ?? {};
  const isWhole = page.startsWith(origin);
  return (
    <div class="address">
      <Icon name="lock" />
      {/* It scrolls, so the keyboard must get to it. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: as said */}
      <section class="address-text" aria-label="Address" tabIndex={0} translate={false}>
        <b>{isWhole ? origin : ''}</b>
        {isWhole ? page.slice(origin.length) : page || pathname}
        {fragment && <mark>#{shown}</mark>}
      </section>
      {hasSecret && (
        <button type="button" class="button small quiet" onClick={() => setSecretShown(!isSecretShown)}>
          {isSecretShown ? 'Hide the session token' : 'Show the session token'}
        </button>
      )}
    </div>
  );
}

interface RefusedProps {
  readonly verdict: FrameVerdict;
  /** In the desktop of Genesys Cloud. */
  readonly elsewhere: FrameVerdict | undefined;
  readonly uri: string;
  readonly onForce: () => void;
}

function Refused({ verdict, elsewhere, uri, onForce }: RefusedProps) {
  const isBlocked = verdict.verdict === 'blocked';
  return (
    <div class="refused" role="alert">
      <span class="state-icon">
        <Icon name={isBlocked ? 'refused' : 'warning'} />
      </span>
      <h3>{isBlocked ? 'This page does not let itself be framed' : 'This page cannot be reached'}</h3>
      <p>
        {isBlocked
          ? 'A browser would show an empty frame here. What stands in the way: '
          : 'Nobody answers at its address, so its frame would be empty: '}
        {sentence(verdict.detail)}
      </p>
      {verdict.advice && <p>{verdict.advice}</p>}
      {elsewhere && <Elsewhere verdict={elsewhere} isBlockedHere={isBlocked} />}
      <div class="actions">
        <a class="button" href={uri} target="_blank" rel="noreferrer">
          Open in a new tab
        </a>
        <button type="button" class="button quiet" onClick={onForce}>
          Frame it all the same
        </button>
      </div>
      {isBlocked && <p class="muted mono">{verdict.rule}</p>}
    </div>
  );
}

function Elsewhere({
  verdict,
  isBlockedHere,
}: {
  readonly verdict: FrameVerdict;
  readonly isBlockedHere: boolean;
}) {
  if (!isBlockedHere || verdict.verdict === 'unknown') return null;
  const host = URL.parse(verdict.embedder)?.host ?? verdict.embedder;
  return (
    <p>
      {verdict.verdict === 'allowed'
        ? `The agent desktop of Genesys Cloud (${host}) may show it: the page lists that one, and not this simulator.`
        : `The agent desktop of Genesys Cloud (${host}) may not show it either.`}
    </p>
  );
}

function sentence(text: string): string {
  return `${text.replace(/\.$/, '')}.`;
}
