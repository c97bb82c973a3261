/** What stands where content is not there: nothing yet, not yet, or not at all. */
import type { ComponentChildren } from 'preact';
import { useStore } from '../data/store.ts';
import type { CallFailure } from '../transport.ts';
import { Icon, type IconName } from './icon.tsx';

/** There is nothing, and that is fine; while the history is being built anew, nothing yet. */
export function Empty(props: { icon: IconName; title: string; children?: ComponentChildren }) {
  if (useStore().status.value?.rebuilding != null) return <Loading />;
  return (
    <div class="state">
      <span class="state-icon">
        <Icon name={props.icon} />
      </span>
      <h2>{props.title}</h2>
      {props.children && <div class="muted">{props.children}</div>}
    </div>
  );
}

/** Rows of the height that the content will have, so that nothing moves when it comes. */
export function Loading({ rows = 6 }: { rows?: number }) {
  return (
    <div class="loading" role="status">
      <span class="visually-hidden">Loading</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} class="skeleton" />
      ))}
    </div>
  );
}

const failures: Record<Exclude<CallFailure['code'], 'refused'>, { title: string; hint: string }> = {
  unreachable: {
    title: 'poptray did not answer',
    hint: 'It may have been quit. Start it again, and open a new link: "poptray dashboard" prints one.',
  },
  forbidden: {
    title: 'This session is not open any more',
    hint: 'Open a new link in this browser: "poptray dashboard" prints one.',
  },
  invalid_request: {
    title: 'poptray did not understand the request',
    hint: 'Page and app may be of different versions: reload the page.',
  },
  internal: {
    title: 'Something went wrong inside poptray',
    hint: 'Try again; if it stays, the log has the time and the kind of the fault.',
  },
};

function wordsFor(failure: CallFailure): { title: string; hint: string } {
  if (failure.code !== 'refused') return failures[failure.code];
  const { title, detail, hint } = failure.problem;
  return { title, hint: `${detail.replace(/[^.]$/, '$&.')} ${hint}` };
}

/** The words for a call that did not get what it asked for. */
export function failureText(failure: CallFailure): string {
  const { title, hint } = wordsFor(failure);
  return `${title}. ${hint}`;
}

/** It could not be had; says why, and offers another try. */
export function Failure({ failure, onRetry }: { failure: CallFailure; onRetry: () => void }) {
  const { title, hint } = wordsFor(failure);
  return (
    <div class="state" role="alert">
      <span class="state-icon bad">
        <Icon name="warning" />
      </span>
      <h2>{title}</h2>
      <p class="muted">{hint}</p>
      <button type="button" class="button" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}
