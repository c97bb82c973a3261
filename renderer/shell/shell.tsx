/** What stands around every view: header, banners, navigation and the live region. */
import { useEffect, useRef } from 'preact/hooks';
import { hrefOf, type View } from '../data/address.ts';
import { route } from '../data/route.ts';
import { useStore } from '../data/store.ts';
import { useFirstRun } from '../data/use-first-run.ts';
import { Icon, type IconName } from '../parts/icon.tsx';
import { Loading } from '../parts/states.tsx';
import { Banners } from './banners.tsx';
import { Header } from './header.tsx';
import { NoSession } from './no-session.tsx';
import { ViewOf } from './view-of.tsx';

const tabs: readonly { view: View; icon: IconName; label: string; short: string }[] = [
  { view: 'pops', icon: 'pops', label: 'Recent pops', short: 'Pops' },
  { view: 'latency', icon: 'latency', label: 'Latency', short: 'Latency' },
  { view: 'focus', icon: 'focus', label: 'Focus success', short: 'Focus' },
  { view: 'audit', icon: 'audit', label: 'Audit history', short: 'Audit' },
  { view: 'test', icon: 'test', label: 'Test pop', short: 'Test' },
  { view: 'settings', icon: 'settings', label: 'Settings', short: 'Settings' },
];

const start = { view: 'start', icon: 'start', label: 'First pop', short: 'Start' } as const;

/** The views, or how to get a session where there is none. */
export function Shell() {
  return useStore().connection.value === 'none' ? <NoSession /> : <Views />;
}

/** Until a first pop was delivered, the page begins with how to get there. */
function Views() {
  const store = useStore();
  const isFirstRun = useFirstRun();
  const view = route.value.view ?? (isFirstRun === undefined ? null : isFirstRun ? 'start' : 'pops');
  const main = useRef<HTMLElement>(null);
  const label = [start, ...tabs].find((tab) => tab.view === view)?.label;
  const shown = useRef<View | null>(null);

  useEffect(() => {
    document.title = label ? `${label} – poptray` : 'poptray';
    // A person who changed the view by keyboard goes on reading in it.
    if (shown.current !== null && view !== shown.current) {
      scrollTo(0, 0);
      main.current?.focus({ preventScroll: true });
    }
    shown.current = view;
  }, [view, label]);

  return (
    <div class="shell">
      <button type="button" class="button skip" onClick={() => main.current?.focus()}>
        Skip to content
      </button>
      <Header />
      <nav class="tabs" aria-label="Views">
        {(isFirstRun || view === 'start' ? [start, ...tabs] : tabs).map((tab) => (
          <a key={tab.view} href={hrefOf(tab.view)} aria-current={tab.view === view ? 'page' : undefined}>
            <Icon name={tab.icon} />
            <span class="tab-label">{tab.label}</span>
            <span class="tab-short" aria-hidden="true">
              {tab.short}
            </span>
          </a>
        ))}
      </nav>
      <div class="page">
        <Banners />
        <main id="main" ref={main} tabIndex={-1}>
          {view === null ? <Loading /> : <ViewOf key={view} view={view} />}
        </main>
      </div>
      <div class="visually-hidden" role="status" aria-live="polite">
        {store.announcement}
      </div>
    </div>
  );
}
