/** The page of a tab without a session of the dashboard. */
import { useEffect } from 'preact/hooks';
import { useStore } from '../data/store.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { isVoidLink, NoSessionCard } from '../parts/no-session-card.tsx';

/** Goes by itself when a session comes, by a link that is opened in another tab. */
export function NoSession() {
  const store = useStore();
  useEffect(() => {
    document.title = 'No session – poptray';
  }, []);
  return (
    <main class="no-session">
      <NoSessionCard
        title={isVoidLink ? 'This link cannot be used any more' : 'This page has no session'}
        command="dashboard"
        beside={(command) => <CopyButton text={command} label="Copy" describes={command} />}
        below={
          <p class="muted">
            The tray application needs none: its icon opens the dashboard in a window of its own. Once you
            have opened a link in this browser, this page goes on by itself.
          </p>
        }
      >
        <p>
          {isVoidLink
            ? 'Each link opens the dashboard once, within ten minutes. '
            : 'The dashboard opens with a link that counts once. A session ends when you sign out, half an hour after its last page was closed, eight hours after it was opened, and when poptray stops. '}
          Get a new link in a terminal:
        </p>
      </NoSessionCard>
      <div class="visually-hidden" role="status" aria-live="polite">
        {store.announcement}
      </div>
    </main>
  );
}
