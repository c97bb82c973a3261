/** Keeps every page where it is: no navigation, no new window, no webview, no permission. */
import type { App, PermissionRequest, Session, WebContents } from 'electron';
import { isDashboardUrl } from './protocol.ts';

/** Copying is the one thing a click on the dashboard needs; it reads nothing. */
const GRANTED = 'clipboard-sanitized-write';

/** The simulator's agent desktop: its one-time link, on this machine. */
const DESKTOP_LINK = /^http:\/\/127\.0\.0\.1:\d{1,5}\/desktop\/open\?code=[\w-]{43}$/;

/** Must run before the first window is made. `openInBrowser` is for the agent desktop; pages that are confined elsewhere are left alone. */
export function confineContents(
  app: Pick<App, 'on'>,
  openInBrowser: (url: string) => void,
  isConfined: (contents: WebContents) => boolean,
): void {
  app.on('web-contents-created', (_, contents) => {
    if (isConfined(contents)) return;
    // No link of the dashboard leaves its page: its views are parts of one document.
    contents.on('will-navigate', (event) => event.preventDefault());
    contents.on('will-redirect', (event) => event.preventDefault());
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(({ url }) => {
      if (DESKTOP_LINK.test(url)) openInBrowser(url);
      return { action: 'deny' };
    });
  });
}

/** Refuses all permissions and devices, except copying text from the dashboard's own page. */
export function denyPermissions(
  session: Pick<
    Session,
    'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler'
  >,
): void {
  const isGranted = (permission: string, { isMainFrame, requestingUrl = '' }: Partial<PermissionRequest>) =>
    permission === GRANTED && isMainFrame === true && isDashboardUrl(requestingUrl);
  session.setPermissionRequestHandler((_, permission, callback, frame) => {
    callback(isGranted(permission, frame));
  });
  session.setPermissionCheckHandler((_, permission, _origin, frame) => isGranted(permission, frame));
  session.setDevicePermissionHandler(() => false);
}
