/** Who is calling, and for whom. */
import type { DesktopPop } from '../../shared/desktop.ts';
import { Icon } from '../parts/icon.tsx';
import { Time } from '../parts/time.tsx';
import { callerOf, readFragment } from './read-pop.ts';

export function CallPanel({ pop }: { readonly pop: DesktopPop }) {
  const handed = readFragment(pop.uri);
  const { name, detail, initials } = callerOf(handed);
  const queue = handed.entries.find(([key]) => key === 'call.queue')?.[1];
  return (
    <section class="call" aria-label="The call">
      <Avatar initials={initials} />
      <div class="call-who">
        <h2 dir="auto">{name}</h2>
        {detail && (
          <p class="muted" dir="auto">
            {detail}
          </p>
        )}
      </div>
      <dl class="call-facts">
        <div>
          <dt>Agent</dt>
          <dd class="mono">{pop.userId}</dd>
        </div>
        {queue && (
          <div>
            <dt>Queue</dt>
            <dd>{queue}</dd>
          </div>
        )}
        <div>
          <dt>Popped</dt>
          <dd>
            <Time value={new Date(pop.at).toISOString()} />
          </dd>
        </div>
      </dl>
    </section>
  );
}

/** Letters where there is a name, a shape where there is none. */
export function Avatar({ initials }: { readonly initials: string }) {
  return (
    <span class="avatar" aria-hidden="true">
      {initials || <Icon name="unknown" />}
    </span>
  );
}
