/** The windows that show customers' pages: which of them shows the next one, and how many there are. */
import type { Session, WebContents } from 'electron';
import { createSerialQueue } from '../../../shared/serial-queue.ts';
import type { PageWindows, WindowEnd, WindowPage } from '../../platform/page-windows.ts';
import { type CustomerSession, openCustomerSession } from './customer-session.ts';
import { type CustomerWindow, openCustomerWindow, type WindowParts } from './customer-window.ts';
import type { Places } from './places.ts';

/** The end of a call may overtake its answer, by so much, in milliseconds. */
const OVERTAKEN_MS = 2000;

export interface CustomerWindowsDeps extends WindowParts {
  readonly fromPartition: (partition: string) => Session;
  readonly places: Places;
}

export interface CustomerWindows extends PageWindows {
  /** Whether it is a page of theirs, which is kept within bounds of its own. */
  owns(contents: Pick<WebContents, 'session'>): boolean;
  /** Closes all, whatever they hold. */
  destroy(): void;
}

export function createCustomerWindows(deps: CustomerWindowsDeps): CustomerWindows {
  const { clock, places } = deps;
  /** Those that were used last stand last. */
  const open = new Set<CustomerWindow>();
  const sessions = new Map<string, CustomerSession>();
  /** Pops of one application come one after the other: each has the window until its page is there. */
  const queues = new Map<string, ReturnType<typeof createSerialQueue>>();

  async function showNext(page: WindowPage, onCommit: () => void, signal: AbortSignal): Promise<WindowEnd> {
    if (signal.aborted) return { kind: 'cut' };
    for (const window of candidatesFor(page)) {
      open.delete(window);
      open.add(window);
      const end = await window.show(page, onCommit, signal);
      if (end.kind !== 'unsaved') return end;
    }
    while (open.size >= page.maxOpen) {
      const hasRoom = await closeOther(page.application, signal);
      if (!hasRoom) return { kind: signal.aborted ? 'cut' : 'full' };
    }
    const end = await openOne(page.application).show(page, onCommit, signal);
    return end.kind === 'unsaved' ? { kind: 'full' } : end;
  }

  /** The newest first, but before them those that need no reload. */
  function candidatesFor({ application, uri }: WindowPage): CustomerWindow[] {
    const mine = [...open].reverse().filter((window) => window.application === application);
    return [...mine.filter((window) => window.fits(uri)), ...mine.filter((window) => !window.fits(uri))];
  }

  /** The one of another application that was not used for longest, of those without unsaved work. */
  async function closeOther(application: string, signal: AbortSignal): Promise<boolean> {
    for (const window of [...open]) {
      if (window.application === application || window.isBusy()) continue;
      if (await window.tryClose(signal)) return true;
    }
    return false;
  }

  function openOne(application: string): CustomerWindow {
    const siblings = [...open].filter((window) => window.application === application).length;
    const window = openCustomerWindow({
      ...deps,
      application,
      session: sessionOf(application),
      place: places.placeOf(application, siblings),
      // That of the others follows from it.
      onMoved: (moved) => siblings === 0 && places.keep(application, moved),
      onClosed: () => open.delete(window),
    });
    open.add(window);
    return window;
  }

  function sessionOf(application: string): CustomerSession {
    const session = sessions.get(application) ?? openCustomerSession(application, { ...deps, onDownload });
    sessions.set(application, session);
    return session;
  }

  function onDownload(contents: WebContents): void {
    for (const window of open) if (window.contents === contents) window.keepDownload();
  }

  return {
    show(page, onCommit, signal) {
      const inTurn = queues.get(page.application) ?? createSerialQueue();
      queues.set(page.application, inTurn);
      const late = new Promise<WindowEnd>((resolve) => {
        signal.addEventListener('abort', () => resolve({ kind: 'cut' }));
      });
      const shown = inTurn(() => showNext(page, onCommit, signal));
      return Promise.race([shown, late]);
    },
    endCall({ key, isUnanswered }) {
      clock.after(OVERTAKEN_MS, () => {
        if (isUnanswered()) for (const window of [...open]) window.endCall(key);
      });
    },
    owns: ({ session }) => [...sessions.values()].some((mine) => mine.session === session),
    destroy() {
      for (const window of [...open]) window.destroy();
    },
  };
}
