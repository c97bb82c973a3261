/** One window with the page of an application. */
import type {
  BrowserWindow,
  BrowserWindowConstructorOptions,
  MessageBoxOptions,
  WebContents,
  WebContentsView,
  WebContentsViewConstructorOptions,
} from 'electron';
import type { Clock } from '../../pipeline/ports.ts';
import type { WindowEnd, WindowPage } from '../../platform/page-windows.ts';
import { type BringUpDeps, bringUp } from './bring-up.ts';
import { type CustomerSession, keepWithin, pagePreferences } from './customer-session.ts';
import { faultWords } from './fault-words.ts';
import { differsInFragmentAlone, isSameAddress, type LoadEnd, loadPage } from './load-page.ts';
import type { NoticeAction } from './notice-page.ts';
import { createNoticeView } from './notice-view.ts';

/** What the agent does to a page; that the mouse passes over it is nothing. */
const TOUCHES: ReadonlySet<string> = new Set([
  'mouseDown',
  'mouseWheel',
  'rawKeyDown',
  'keyDown',
  'char',
  'touchStart',
  'gestureTap',
]);
/** A page leads into the browser where the agent has just done something to it, in milliseconds. */
const JUST_MS = 5000;
/** A window that is moved comes to rest after so long, in milliseconds. */
const REST_MS = 500;

export interface WindowParts {
  readonly makeWindow: (options: BrowserWindowConstructorOptions) => BrowserWindow;
  readonly makeView: (options: WebContentsViewConstructorOptions) => WebContentsView;
  /** Asks on the window; resolves with the button. */
  readonly ask: (window: BrowserWindow, options: MessageBoxOptions) => Promise<number>;
  readonly openInBrowser: (address: string) => void;
  readonly bringUpDeps: Omit<BringUpDeps, 'say' | 'clock'>;
  readonly clock: Pick<Clock, 'after' | 'monotonic'>;
  /** A notice of the system: that there is a page, and what a click on it does. */
  readonly say: (application: string, onClick: () => void) => void;
  readonly icon: string;
}

export interface CustomerWindow {
  readonly application: string;
  readonly contents: WebContents;
  /** Whether the page needs no reload for this one. */
  fits(uri: string): boolean;
  /** While a page is on its way to it nobody closes it. */
  isBusy(): boolean;
  /** `unsaved`: the page that stands there stays. */
  show(
    page: WindowPage,
    onCommit: () => void,
    signal: AbortSignal,
  ): Promise<WindowEnd | { readonly kind: 'unsaved' }>;
  /** Whether it has closed: a page with unsaved work stays. */
  tryClose(signal: AbortSignal): Promise<boolean>;
  /** The call that it was shown for was not answered here. */
  endCall(key: string): void;
  /** Its page wanted to save a file. */
  keepDownload(): void;
  destroy(): void;
}

export interface CustomerWindowDeps extends WindowParts {
  readonly application: string;
  readonly session: CustomerSession;
  /** Where it is to stand. */
  readonly place: Partial<BrowserWindowConstructorOptions>;
  readonly onMoved: (window: BrowserWindow) => void;
  readonly onClosed: () => void;
}

export function openCustomerWindow(deps: CustomerWindowDeps): CustomerWindow {
  const { application, session, place, onMoved, onClosed, clock, openInBrowser, ask } = deps;
  const window = deps.makeWindow({
    title: 'poptray',
    icon: deps.icon,
    width: 1100,
    height: 760,
    minWidth: 380,
    minHeight: 320,
    show: false,
    autoHideMenuBar: true,
    ...place,
    webPreferences: pagePreferences(session.session),
  });
  const contents = window.webContents;
  const notice = createNoticeView(window, deps.makeView, act);

  let origins: readonly string[] = [];
  /** The call whose page stands there, if that came as it should. */
  let key: string | undefined;
  /** What "try again" loads, where the page that stands there is none. */
  let faulty: string | undefined;
  let outside: string | undefined;
  let touchedAt: number | undefined;
  /** Navigations and closings that are poptray's own. */
  let own = 0;
  let isClosing = false;
  let mayLeave = false;
  let cancelNote = () => {};

  keepWithin(contents, {
    isAllowed: (url) => origins.includes(URL.parse(url)?.origin ?? ''),
    onKept: keep,
  });
  contents.on('input-event', (_, { type }) => {
    if (TOUCHES.has(type)) touchedAt = clock.monotonic();
  });
  contents.on('will-prevent-unload', (event) => {
    if (own > 0) return;
    if (mayLeave) event.preventDefault();
    else void askToLeave();
  });
  contents.on('did-fail-load', (_event, _code, error, url, isMainFrame) => {
    if (isMainFrame && own === 0 && error !== 'ERR_ABORTED') tellFault({ kind: 'failed', error }, url);
  });
  contents.on('render-process-gone', (_, { reason }) => {
    if (own === 0 && !window.isDestroyed()) tellFault({ kind: 'gone', reason }, contents.getURL());
  });
  // Comes before the page is asked whether it holds unsaved work.
  window.on('close', () => {
    isClosing = true;
  });
  for (const event of ['resize', 'move'] as const) window.on(event as 'resize', noteMove);
  window.on('closed', () => {
    session.forget(contents);
    onClosed();
  });

  return {
    application,
    contents,
    fits: (uri) => faulty === undefined && stands(uri),
    isBusy: () => own > 0,
    async show(page, onCommit, signal) {
      ({ origins } = page);
      const end = await asOwn(() => load(page.uri, signal));
      if (end.kind === 'unsaved') return end;
      if (end.kind === 'cut') {
        if (!window.isDestroyed() && !window.isVisible() && !window.isMinimized()) window.destroy();
        return end;
      }
      const why = faultWords(end) ?? messageOf(onCommit);
      if (window.isDestroyed()) return { kind: 'fault', why: why ?? 'its window was closed' };
      key = page.key;
      if (end.kind !== 'committed' || end.status !== null) touchedAt = undefined;
      if (why === null) clearNotice();
      else coverWith(why, page.uri);
      const isFocused = await bringUp(window, page.focus, {
        ...deps.bringUpDeps,
        clock,
        say: () => deps.say(application, comeToFront),
      });
      return why === null ? { kind: 'shown', isFocused } : { kind: 'fault', why };
    },
    tryClose: (signal) =>
      asOwn(
        () =>
          new Promise((resolve) => {
            const end = (hasClosed: boolean) => {
              window.removeListener('closed', closed);
              contents.removeListener('will-prevent-unload', stays);
              signal.removeEventListener('abort', stays);
              resolve(hasClosed);
            };
            const closed = () => end(true);
            const stays = () => end(false);
            window.once('closed', closed);
            contents.once('will-prevent-unload', stays);
            signal.addEventListener('abort', stays);
            window.close();
          }),
      ),
    endCall(ended) {
      if (ended !== key || own > 0) return;
      key = undefined;
      if (touchedAt === undefined) window.destroy();
      else
        notice.say({
          title: 'Answered elsewhere',
          text: 'The call that this page was shown for was not answered here.',
          actions: ['dismiss', 'close'],
          isWhole: false,
        });
    },
    keepDownload() {
      outside = contents.getURL();
      notice.say({
        title: 'No file is saved from here',
        text: 'A page in this window saves no files. Open it in the browser for that.',
        actions: ['browser', 'dismiss'],
        isWhole: false,
      });
    },
    destroy: () => window.destroy(),
  };

  /** Once it has come to rest. */
  function noteMove(): void {
    cancelNote();
    cancelNote = clock.after(REST_MS, () => {
      if (!window.isDestroyed() && window.isVisible()) onMoved(window);
    });
  }

  function stands(uri: string): boolean {
    const url = contents.getURL();
    return isSameAddress(url, uri) || differsInFragmentAlone(url, uri);
  }

  function load(uri: string, signal: AbortSignal): Promise<LoadEnd> {
    // Chromium takes the very same address for a wish to reload, or for none, as the version goes.
    if (faulty === undefined && isSameAddress(contents.getURL(), uri))
      return Promise.resolve({ kind: 'committed', status: null });
    return loadPage(contents, uri, () => session.lastStatus(contents), signal);
  }

  async function asOwn<T>(work: () => Promise<T>): Promise<T> {
    own += 1;
    try {
      return await work();
    } finally {
      own -= 1;
    }
  }

  function clearNotice(): void {
    faulty = undefined;
    outside = undefined;
    notice.clear();
  }

  function tellFault(end: LoadEnd, uri: string): void {
    const why = faultWords(end);
    if (why !== null) coverWith(why, uri);
  }

  function coverWith(why: string, uri: string): void {
    faulty = uri;
    outside = uri;
    const text = `${why.charAt(0).toUpperCase()}${why.slice(1)}.`;
    notice.say({
      title: 'The page cannot be shown',
      text,
      actions: ['retry', 'browser', 'close'],
      isWhole: true,
    });
  }

  async function retry(uri: string): Promise<void> {
    const end = await asOwn(() => load(uri, new AbortController().signal));
    if (window.isDestroyed() || end.kind === 'unsaved') return;
    const why = faultWords(end);
    if (why === null) clearNotice();
    else coverWith(why, uri);
  }

  function act(action: NoticeAction): void {
    if (action === 'retry' && faulty !== undefined) void retry(faulty);
    if (action === 'browser' && outside !== undefined) openInBrowser(outside);
    if (action === 'dismiss') notice.clear();
    if (action === 'close') window.close();
  }

  /** Into the browser, where the agent has wished for it; a page alone opens nothing. */
  function keep(url: string, isRedirect: boolean): void {
    const { protocol, origin } = URL.parse(url) ?? {};
    if (own > 0 || (protocol !== 'https:' && protocol !== 'http:')) return;
    const isWish = touchedAt !== undefined && clock.monotonic() - touchedAt < JUST_MS;
    if (!isWish) return;
    if (!isRedirect) {
      openInBrowser(url);
      return;
    }
    outside = url;
    notice.say({
      title: 'This window stays where it is',
      text: `The page leads to ${origin}, which is neither in the application’s allowedOrigins nor in the destination’s alsoOrigins.`,
      actions: ['browser', 'dismiss'],
      isWhole: false,
    });
  }

  async function askToLeave(): Promise<void> {
    const wasClosing = isClosing;
    isClosing = false;
    const button = await ask(window, {
      type: 'question',
      message: 'This page holds unsaved work.',
      detail: wasClosing
        ? 'It is lost when the window closes.'
        : 'It is lost when you leave the page. Choose Leave, and then do again what you did.',
      buttons: ['Stay', 'Leave'],
      defaultId: 0,
      cancelId: 0,
    });
    if (button !== 1 || window.isDestroyed()) return;
    if (wasClosing) return window.destroy();
    mayLeave = true;
    clock.after(JUST_MS * 2, () => {
      mayLeave = false;
    });
  }

  function comeToFront(): void {
    if (window.isDestroyed()) return;
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
  }
}

/** What it throws, in words; null where it does not. */
function messageOf(act: () => void): string | null {
  try {
    act();
    return null;
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException;
    return `that it was shown cannot be written down (${code ?? name})`;
  }
}
