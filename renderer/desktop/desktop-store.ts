/** What the desktop shows: the pops of the simulator as they come, and whether this window has the focus. */
import { batch, type Signal, signal } from '@preact/signals';
import { DESKTOP_POPS, type DesktopEvent, type DesktopPop, type Shown } from '../../shared/desktop.ts';
import { posted, type SessionHttp } from '../data/session-http.ts';
import type { Connection } from '../transport.ts';

/** A window that is not painted, such as one that is covered, is not waited for longer than this, in milliseconds. */
const PAINT_MS = 250;

export interface DesktopStore {
  readonly connection: Signal<Connection>;
  /** Newest first; in memory alone. */
  readonly pops: Signal<readonly DesktopPop[]>;
  /** The id of the pop on the stage. */
  readonly selected: Signal<string | null>;
  /** Whether this window is visible and has the focus. */
  readonly isFocused: Signal<boolean>;
  /** For the live region. */
  readonly announcement: Signal<string>;
}

/** Connects at once. */
export function createDesktopStore({ ask, follow }: Pick<SessionHttp, 'ask' | 'follow'>): DesktopStore {
  const store: DesktopStore = {
    connection: signal<Connection>('connecting'),
    pops: signal<readonly DesktopPop[]>([]),
    selected: signal<string | null>(null),
    isFocused: signal(hasFocus()),
    announcement: signal(''),
  };
  const { connection, pops, selected, isFocused, announcement } = store;
  let page = '';

  const look = () => {
    isFocused.value = hasFocus();
  };
  // The focus may be in the frame: then the window has it, and says so only when it is asked.
  for (const event of ['focus', 'blur', 'pageshow']) addEventListener(event, () => setTimeout(look));
  document.addEventListener('visibilitychange', look);

  async function report(pop: string): Promise<void> {
    if (document.visibilityState === 'visible') await painted();
    look();
    const shown: Shown = { page, pop, isFocused: isFocused.value };
    // Who is not there any more does not wait for it.
    await ask('shown', posted(shown)).catch(() => null);
  }

  follow<DesktopEvent>(
    (event) => {
      if (event.type === 'here') {
        page = event.page;
        batch(() => {
          pops.value = event.pops.toReversed();
          const isThere = event.pops.some(({ id }) => id === selected.value);
          if (!isThere) selected.value = event.pops.at(-1)?.id ?? null;
        });
      } else if (event.type === 'pop') {
        batch(() => {
          pops.value = [event.pop, ...pops.value].slice(0, DESKTOP_POPS);
          selected.value = event.pop.id;
          announcement.value = `Screen pop for agent ${event.pop.userId}`;
        });
        void report(event.pop.id);
      } else {
        const { pop } = event;
        pops.value = pops.value.map((known) => (known.id === pop.id ? { ...known, ...pop } : known));
      }
    },
    (next) => {
      connection.value = next;
      // What is shown of callers goes with the session.
      if (next === 'ended' || next === 'none') pops.value = [];
    },
  );
  return store;
}

function hasFocus(): boolean {
  return document.visibilityState === 'visible' && document.hasFocus();
}

function painted(): Promise<unknown> {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const late = new Promise((resolve) => setTimeout(resolve, PAINT_MS));
  // The second frame begins when the first has been painted.
  return Promise.race([frame().then(frame), late]);
}
