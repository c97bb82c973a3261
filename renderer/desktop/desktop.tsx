/** The page that plays the agent desktop: the calls, the one on the stage, and what its page was handed. */
import type { DesktopPop } from '../../shared/desktop.ts';
import { Icon } from '../parts/icon.tsx';
import { CallPanel } from './call-panel.tsx';
import type { DesktopStore } from './desktop-store.ts';
import { Facts } from './facts.tsx';
import { PopList } from './pop-list.tsx';
import { Stage } from './stage.tsx';
import { NoDesktopSession, Waiting } from './waiting.tsx';

export function Desktop({ store }: { readonly store: DesktopStore }) {
  const { connection, pops, selected, announcement } = store;
  const state = connection.value;
  if (state === 'none' || state === 'ended') return <NoDesktopSession hasEnded={state === 'ended'} />;
  const pop = pops.value.find(({ id }) => id === selected.value) ?? pops.value[0];
  return (
    <div class="desk">
      <Header store={store} />
      <main class={pop ? 'desk-main' : 'desk-main desk-empty'} id="main">
        <h1 class="visually-hidden">Agent desktop</h1>
        {pop ? <Pop pop={pop} /> : <Waiting isConnecting={state === 'connecting'} />}
      </main>
      {pop && (
        <PopList
          pops={pops.value}
          selected={pop.id}
          onSelect={(id) => {
            selected.value = id;
          }}
        />
      )}
      <div class="visually-hidden" role="status" aria-live="polite">
        {announcement.value}
      </div>
    </div>
  );
}

function Pop({ pop }: { readonly pop: DesktopPop }) {
  return (
    <>
      <CallPanel pop={pop} />
      {/* A page of its own for each pop: none is handed to the page of the one before. */}
      <Stage key={pop.id} pop={pop} />
      <Facts key={`facts ${pop.id}`} pop={pop} />
    </>
  );
}

function Header({ store: { connection, isFocused } }: { readonly store: DesktopStore }) {
  const isLive = connection.value === 'live';
  return (
    <header class="desk-header">
      <p class="brand">
        <Icon name="pops" /> Agent desktop
      </p>
      <p class="desk-simulated">Simulator of Genesys Cloud</p>
      <p class={`chip ${isLive ? 'chip-ok' : 'chip-warn'}`} role="status">
        <Icon name={isLive ? 'delivered' : 'underWay'} />
        {isLive ? 'On queue' : connection.value === 'lost' ? 'poptray does not answer' : 'Connecting'}
      </p>
      <p
        class={`chip ${isFocused.value ? 'chip-busy' : 'chip-idle'}`}
        title="What poptray is told of a pop that arrives now: whether this page is visible and has the focus."
      >
        <Icon name={isFocused.value ? 'focused' : 'unfocused'} />
        {isFocused.value ? 'Has the focus' : 'In the background'}
      </p>
    </header>
  );
}
