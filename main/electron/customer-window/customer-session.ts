/** What the pages of one application may do in their windows: nothing that asks for a permission, and go nowhere but where they belong. */
import type { Session, WebContents } from 'electron';
import { HARDENED } from '../window.ts';

/** In memory alone: with poptray's end, sign-ins, caches and all else that the pages have kept are gone. */
const PARTITION = 'window of ';

export interface CustomerSession {
  readonly session: Session;
  /** Of the last reply for the main frame of a page. */
  lastStatus(contents: Pick<WebContents, 'id'>): number | undefined;
  forget(contents: Pick<WebContents, 'id'>): void;
}

export interface SessionDeps {
  readonly fromPartition: (partition: string) => Session;
  /** A page wanted to save a file. */
  readonly onDownload: (contents: WebContents) => void;
}

export function openCustomerSession(
  application: string,
  { fromPartition, onDownload }: SessionDeps,
): CustomerSession {
  const session = fromPartition(PARTITION + application);
  session.setPermissionRequestHandler((_contents, _permission, callback) => callback(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.on('will-download', (event, _item, contents) => {
    event.preventDefault();
    onDownload(contents);
  });
  const statuses = new Map<number, number>();
  session.webRequest.onResponseStarted(
    { urls: ['<all_urls>'], types: ['mainFrame'] },
    ({ webContentsId, statusCode }) => {
      if (webContentsId !== undefined) statuses.set(webContentsId, statusCode);
    },
  );
  return {
    session,
    lastStatus: ({ id }) => statuses.get(id),
    forget: ({ id }) => void statuses.delete(id),
  };
}

/** Nothing of Node, no preload. */
export function pagePreferences(session: Session) {
  return { ...HARDENED, session, devTools: false };
}

type Confined = Pick<WebContents, 'on' | 'setWindowOpenHandler'>;

export interface Bounds {
  readonly isAllowed: (url: string) => boolean;
  /** A page wanted to go where it must not, or to open another window; `isRedirect`: its server has led it there. */
  readonly onKept: (url: string, isRedirect: boolean) => void;
}

export function keepWithin(contents: Confined, { isAllowed, onKept }: Bounds): void {
  contents.on('will-navigate', (event) => {
    if (isAllowed(event.url)) return;
    event.preventDefault();
    onKept(event.url, false);
  });
  contents.on('will-redirect', (event) => {
    if (!event.isMainFrame || isAllowed(event.url)) return;
    event.preventDefault();
    onKept(event.url, true);
  });
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    onKept(url, false);
    return { action: 'deny' };
  });
}
