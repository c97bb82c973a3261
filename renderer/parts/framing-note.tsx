/** Whether a page may be shown where its pops go: what decided, and what to change. */
import type { FramingState } from '../../shared/framing.ts';
import { Icon, type IconName } from './icon.tsx';
import { Time } from './time.tsx';

const looks: Record<FramingState['verdict'], { icon: IconName; tone: string; says: string }> = {
  allowed: { icon: 'delivered', tone: 'banner-info', says: 'The page may be shown in' },
  blocked: { icon: 'failed', tone: 'banner-bad', says: 'The page may not be shown in' },
  unknown: { icon: 'unknown', tone: 'banner-warn', says: 'It is not known whether the page may be shown in' },
};

const consequences: Record<FramingState['mode'], string> = {
  enforce: 'Pops are refused until that is changed.',
  warn: 'Pops are sent all the same.',
  off: 'Pops are sent without a look at the page.',
};

/** The verdicts in words: one for each embedder, which names its destinations where there are several. */
export function FramingNotes({ states }: { states: readonly FramingState[] }) {
  return (
    <>
      {states.map((state) => (
        <FramingNote key={state.embedder} state={state} isOneOfSeveral={states.length > 1} />
      ))}
    </>
  );
}

function FramingNote({ state, isOneOfSeveral }: { state: FramingState; isOneOfSeveral: boolean }) {
  const { verdict, rule, detail, advice, embedder, destinations, mode, lookedAt } = state;
  const { icon, tone, says } = looks[verdict];
  return (
    <div class={`banner ${tone}`}>
      <Icon name={icon} />
      <div>
        <p>
          {isOneOfSeveral && `For ${destinations.join(', ')}: `}
          {says} <span class="break">{embedder}</span>.
        </p>
        <p class="break">
          <code>{rule}</code>: {detail}
        </p>
        {advice && (
          <p>
            <strong>What to do:</strong> {advice}
          </p>
        )}
        <p class="muted">
          {verdict !== 'allowed' && `${consequences[mode]} `}
          {lookedAt !== null && (
            <>
              Looked at <Time value={new Date(lookedAt).toISOString()} full />.
            </>
          )}
        </p>
      </div>
    </div>
  );
}
