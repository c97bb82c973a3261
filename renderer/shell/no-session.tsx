/** The page of a tab without a session: how to get one. It asks poptray for nothing. */
import { useEffect, useRef } from 'preact/hooks';
import { useStore } from '../data/store.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { Icon } from '../parts/icon.tsx';

/** The path of a one-time link; where the page stands there, the link was void. */
const isVoidLink = location.pathname.endsWith('/open');

const commands = [
  { where: 'Installed', command: 'poptray dashboard' },
  { where: 'In a checkout', command: 'npm run -s poptray -- dashboard' },
];

/** Goes by itself when a session comes, by a link that is opened in another tab. */
export function NoSession() {
  const store = useStore();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = 'No session – poptray';
    heading.current?.focus();
  }, []);
  return (
    <main class="no-session">
      <section class="card">
        <span class="state-icon">
          <Icon name="lock" />
        </span>
        <h1 ref={heading} tabIndex={-1}>
          {isVoidLink ? 'This link cannot be used any more' : 'This page has no session'}
        </h1>
        <p>
          {isVoidLink
            ? 'Each link opens the dashboard once, within ten minutes. '
            : 'The dashboard opens with a link that counts once. A session ends when you sign out, half an hour after its last page was closed, eight hours after it was opened, and when poptray stops. '}
          Get a new link in a terminal:
        </p>
        <ul class="commands">
          {commands.map(({ where, command }) => (
            <li key={where}>
              <span class="muted">{where}</span>
              <code class="code">{command}</code>
              <CopyButton text={command} label="Copy" describes={command} />
            </li>
          ))}
        </ul>
        <p class="muted">
          The tray application needs none: its icon opens the dashboard in a window of its own. Once you have
          opened a link in this browser, this page goes on by itself.
        </p>
      </section>
      <div class="visually-hidden" role="status" aria-live="polite">
        {store.announcement}
      </div>
    </main>
  );
}
