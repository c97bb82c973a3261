/** Verifies the chain of the log, with progress, and shows what it found. */
import { useEffect, useState } from 'preact/hooks';
import type { ApiResponse } from '../../../shared/api.ts';
import { plural } from '../../../shared/plural.ts';
import { useStore } from '../../data/store.ts';
import { formatCount } from '../../format.ts';
import { Banner } from '../../parts/banner.tsx';
import { failureText } from '../../parts/states.tsx';
import type { CallFailure } from '../../transport.ts';

export type Verdict = ApiResponse<'auditVerify'>;

const words: Record<
  Verdict['verdict'],
  {
    icon: 'delivered' | 'failed' | 'warning' | 'lock';
    tone: 'ok' | 'bad' | 'warn';
    title: string;
    hint: string;
  }
> = {
  whole: {
    icon: 'delivered',
    tone: 'ok',
    title: 'The log is whole',
    hint: 'Nothing was changed, taken out or put in.',
  },
  tampered: {
    icon: 'failed',
    tone: 'bad',
    title: 'The log was tampered with',
    hint: 'Entries before the fault can be trusted. Keep the file as it is and tell whoever is responsible for compliance.',
  },
  torn: {
    icon: 'warning',
    tone: 'warn',
    title: 'The end of the log was never finished',
    hint: 'poptray was stopped while it wrote. The next start drops what is unfinished and says so in the log.',
  },
  'not-all-vouched-for': {
    icon: 'warning',
    tone: 'warn',
    title: 'Not all entries are vouched for',
    hint: 'What could be checked is right. From the entry named on, neither a key nor a checkpoint tells.',
  },
  'no-key': {
    icon: 'lock',
    tone: 'warn',
    title: 'The key is missing, so nothing can be said',
    hint: 'The secret audit-key is neither in the keychain nor in the file. Without it the log can only be read.',
  },
};

/** The verdict in a sentence, for the live region. */
export function sayVerdict(verdict: Verdict): string {
  return `${words[verdict.verdict].title}: ${plural(verdict.entries, 'entry', 'entries')} checked`;
}

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly checked: number; readonly total: number }
  | { readonly kind: 'done'; readonly verdict: Verdict }
  | { readonly kind: 'failed'; readonly failure: CallFailure };

/** The state of the check, and what starts it. */
export function useVerify(): [State, () => Promise<void>] {
  const store = useStore();
  const [state, setState] = useState<State>({ kind: 'idle' });
  useEffect(
    () =>
      store.onEvent((event) => {
        if (event.type !== 'verify') return;
        const { entries: checked, total } = event;
        setState((before) => (before.kind === 'running' ? { kind: 'running', checked, total } : before));
      }),
    [store],
  );
  const start = async () => {
    setState({ kind: 'running', checked: 0, total: 0 });
    const result = await store.call('auditVerify', {});
    setState(result.ok ? { kind: 'done', verdict: result.value } : { kind: 'failed', failure: result });
    store.announce(result.ok ? sayVerdict(result.value) : failureText(result));
  };
  return [state, start];
}

/** Nothing until a check was started. */
export function VerifyResult({ state }: { state: State }) {
  if (state.kind === 'idle') return null;
  if (state.kind === 'failed') {
    return (
      <Banner tone="bad" icon="failed">
        {failureText(state.failure)}
      </Banner>
    );
  }
  if (state.kind === 'running') {
    return (
      <Banner tone="info" icon="lock">
        <label class="verify-progress">
          <span>
            Checking…{' '}
            <span class="muted">
              {formatCount(state.checked)}
              {state.total > 0 && ` of ${formatCount(state.total)}`} entries
            </span>
          </span>
          <progress {...(state.total > 0 && { value: state.checked, max: state.total })} />
        </label>
      </Banner>
    );
  }
  const { verdict } = state;
  const { icon, tone, title, hint } = words[verdict.verdict];
  return (
    <Banner tone={tone} icon={icon}>
      <p>
        <strong>{title}.</strong> {plural(verdict.entries, 'entry', 'entries')} in{' '}
        {plural(verdict.segments, 'file')} checked. <span>{hint}</span>
      </p>
      {verdict.removed > 0 && (
        <p>
          {plural(verdict.removed, 'entry', 'entries')} before them went by retention, as the log itself says.
        </p>
      )}
      {verdict.verdict === 'whole' && (
        <p class="banner-more">
          {formatCount(verdict.macs)} by their own MAC, {formatCount(verdict.vouched)} under a signed
          checkpoint
          {verdict.macs < verdict.entries &&
            '; the keys of earlier files are erased here, and poptray audit verify --root checks them as well'}
          .
        </p>
      )}
      {verdict.fault && (
        <p>
          First fault: entry #{verdict.fault.seq}, line {verdict.fault.line} of{' '}
          <code>{verdict.fault.segment}</code>: {verdict.fault.reason}
        </p>
      )}
    </Banner>
  );
}
