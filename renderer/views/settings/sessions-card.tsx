/** Who has the dashboard open in a browser; each session can be ended. */
import { useStore } from '../../data/store.ts';
import { useAnswer } from '../../data/use-answer.ts';
import { Failure, Loading } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { AskTwice } from './ask-twice.tsx';

/** Takes effect at once. */
export function SessionsCard() {
  const store = useStore();
  const sessions = useAnswer('sessionList', {});
  const own = store.sessionId();

  const end = async (id: string) => {
    if (id === own) return store.signOut?.();
    await store.call('sessionEnd', { id });
    sessions.reload();
    store.announce('The session was ended');
  };

  return (
    <section class="card" aria-labelledby="sessions-title">
      <div>
        <h2 id="sessions-title">Sessions in browsers</h2>
        <p class="muted">
          One ends half an hour after its last page was closed, eight hours after it was opened, and when
          poptray stops.
        </p>
      </div>
      {!sessions.value ? (
        sessions.failure ? (
          <Failure failure={sessions.failure} onRetry={sessions.reload} />
        ) : (
          <Loading rows={1} />
        )
      ) : sessions.value.length === 0 ? (
        <p class="muted">None.</p>
      ) : (
        <ul class="items">
          {sessions.value.map(({ id, browser, openedAt, usedAt, isPresent }) => (
            <li key={id}>
              <span class="item-name">
                <strong>{id === own ? `${browser}, this page` : browser}</strong>
                <span class="muted">
                  {' '}
                  since <Time value={new Date(openedAt).toISOString()} full />,{' '}
                  {isPresent ? 'open now' : <LastUsed at={usedAt} />}
                </span>
              </span>
              <AskTwice
                label={id === own ? 'Sign out' : 'End'}
                sure={id === own ? 'Sign out now' : 'End now'}
                describes={`the session of ${browser}`}
                onConfirm={() => end(id)}
              />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function LastUsed({ at }: { at: number }) {
  return (
    <>
      last used <Time value={new Date(at).toISOString()} />
    </>
  );
}
