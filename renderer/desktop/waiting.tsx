/** What stands on the desktop while there is no pop, or no session. */
import { Icon } from '../parts/icon.tsx';
import { isVoidLink, NoSessionCard } from '../parts/no-session-card.tsx';

const TRIGGER =
  "npm run -s poptray -- trigger --user 3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b --data customerName='Ada Lovelace' --data caseId=C-1";

export function Waiting({ isConnecting }: { readonly isConnecting: boolean }) {
  return (
    <section class="waiting">
      <span class="waiting-rings" aria-hidden="true">
        <Icon name="pops" />
      </span>
      <h2>{isConnecting ? 'Connecting…' : 'Waiting for a call'}</h2>
      <p class="muted">
        When a trigger comes, the customer’s page appears here, as it would in the agent desktop of Genesys
        Cloud. Send a test pop in the dashboard, or in a terminal:
      </p>
      <pre class="code">{TRIGGER}</pre>
    </section>
  );
}

export function NoDesktopSession({ hasEnded }: { readonly hasEnded: boolean }) {
  return (
    <main class="no-session">
      <NoSessionCard title={titleOf(hasEnded)} command="desktop">
        <p>
          The agent desktop shows what callers have said, so it opens with a link that counts once, within ten
          minutes, on this computer and for its user. A session ends half an hour after its last page was
          closed, eight hours after it was opened, and when poptray stops.
        </p>
        <p>
          For a new link press <b>Open the agent desktop</b> in the dashboard, or run this in a terminal:
        </p>
      </NoSessionCard>
    </main>
  );
}

function titleOf(hasEnded: boolean): string {
  if (hasEnded) return 'This session is not open any more';
  return isVoidLink ? 'This link cannot be used any more' : 'This page has no session';
}
