/** One navigation of a window's page, from the wish to the commit or to what came instead. */
import type { WebContents } from 'electron';

/** How it ended. */
export type LoadEnd =
  /** The page is there; `status` is null where only the fragment has changed. */
  | { readonly kind: 'committed'; readonly status: number | null }
  /** Chromium's name of the fault, such as `ERR_NAME_NOT_RESOLVED`. */
  | { readonly kind: 'failed'; readonly error: string }
  /** It was led to an origin where it must not go. */
  | { readonly kind: 'blocked'; readonly origin: string }
  /** The page that stands there holds unsaved work, and stays. */
  | { readonly kind: 'unsaved' }
  /** The server has sent nothing that can be shown: a download, or no content. */
  | { readonly kind: 'nothing' }
  /** The page's process, or the window, has gone. */
  | { readonly kind: 'gone'; readonly reason: string }
  /** The time was over. */
  | { readonly kind: 'cut' };

type Watched = Pick<WebContents, 'on' | 'removeListener' | 'loadURL' | 'stop' | 'isDestroyed'>;

/** Whether a browser changes the page from one to the other without a reload. */
export function differsInFragmentAlone(from: string, to: string): boolean {
  const [before, after] = [URL.parse(from), URL.parse(to)];
  if (!before || !after || after.hash === '') return false;
  return withoutFragment(before) === withoutFragment(after);
}

/** Whether both are the same address, however they are spelt. */
export function isSameAddress(one: string, other: string): boolean {
  return URL.parse(one)?.href === URL.parse(other)?.href;
}

function withoutFragment({ href, hash }: URL): string {
  return href.slice(0, href.length - hash.length);
}

/** Chromium's name for a status of 400 and above that comes without a page: it shows one of its own instead. */
const NO_PAGE = 'ERR_HTTP_RESPONSE_CODE_FAILURE';

/**
 * Resolves at the first thing that tells how it went: the promise of loadURL alone comes later, and says less. Where the
 * navigation is kept from an origin, the listener that does so must be there before. `lastStatus`: of the page's last reply.
 */
export function loadPage(
  contents: Watched,
  uri: string,
  lastStatus: () => number | undefined,
  signal: AbortSignal,
): Promise<LoadEnd> {
  return new Promise((resolve) => {
    const ends: (() => void)[] = [];
    const end = (result: LoadEnd) => {
      for (const stop of ends.splice(0)) stop();
      resolve(result);
    };
    const on = (event: string, listener: (...args: never[]) => void) => {
      contents.on(event as 'focus', listener as () => void);
      ends.push(() => contents.removeListener(event as 'focus', listener as () => void));
    };
    /** What another navigation comes to that was under way before is not ours. */
    let hasBegun = false;
    on('did-start-navigation', ({ isMainFrame }: { isMainFrame: boolean }) => {
      hasBegun ||= isMainFrame;
    });
    on('did-navigate', (_: unknown, _url: string, status: number) => {
      if (hasBegun) end({ kind: 'committed', status });
    });
    on('did-navigate-in-page', (_: unknown, url: string, isMainFrame: boolean) => {
      if (isMainFrame && isSameAddress(url, uri)) end({ kind: 'committed', status: null });
    });
    on('will-prevent-unload', () => end({ kind: 'unsaved' }));
    on('will-redirect', (event: { url: string; isMainFrame: boolean; defaultPrevented: boolean }) => {
      const { url, isMainFrame, defaultPrevented } = event;
      if (isMainFrame && defaultPrevented)
        end({ kind: 'blocked', origin: URL.parse(url)?.origin ?? 'elsewhere' });
    });
    on('did-fail-load', (_: unknown, _code: number, error: string, _url: string, isMainFrame: boolean) => {
      if (!isMainFrame) return;
      const status = error === NO_PAGE ? lastStatus() : undefined;
      if (status !== undefined) end({ kind: 'committed', status });
      else end(error === 'ERR_ABORTED' ? { kind: 'nothing' } : { kind: 'failed', error });
    });
    on('render-process-gone', (_: unknown, { reason }: { reason: string }) => end({ kind: 'gone', reason }));
    on('destroyed', () => end({ kind: 'gone', reason: 'closed' }));
    const cut = () => {
      end({ kind: 'cut' });
      if (!contents.isDestroyed()) contents.stop();
    };
    signal.addEventListener('abort', cut);
    ends.push(() => signal.removeEventListener('abort', cut));
    if (signal.aborted) return cut();
    // What was told by none of the above has come to nothing, or to no other page.
    contents.loadURL(uri).then(
      () => end({ kind: 'committed', status: null }),
      () => end({ kind: 'nothing' }),
    );
  });
}
