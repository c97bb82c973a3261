/** The windows for customers' pages, with what Electron has for them. */
import { join } from 'node:path';
import { app, BrowserWindow, dialog, Notification, screen, session, WebContentsView } from 'electron';
import type { Launched } from '../app/launch.ts';
import { kindOfError } from '../observability/logger.ts';
import { createSystemClock } from '../platform/clock.ts';
import { type CustomerWindows, createCustomerWindows } from './customer-window/customer-windows.ts';
import { openPlaces } from './customer-window/places.ts';
import { createNotices, tellRefused } from './notices.ts';

/** `launched`: the app, from the first pop on. Electron must be ready. */
export function openWindows(dataDir: string, launched: () => Launched | undefined): CustomerWindows {
  const { platform, env } = process;
  const clock = createSystemClock();
  const onFault = (event: string) => (error: unknown) =>
    launched()?.logger.error(event, { kind: kindOfError(error) });
  const notices = createNotices({
    make: (options) => new Notification(options),
    isSupported: () => Notification.isSupported(),
    onState: tellRefused((...trouble) => launched()?.app.troubles.report(...trouble)),
  });
  return createCustomerWindows({
    makeWindow: ({ webPreferences, ...options }) =>
      new BrowserWindow({ ...options, webPreferences: { ...webPreferences, contextIsolation: true } }),
    makeView: (options) => new WebContentsView(options),
    fromPartition: (partition) => session.fromPartition(partition),
    places: openPlaces({
      dataDir,
      displays: () => screen.getAllDisplays(),
      onFault: onFault('places of windows'),
    }),
    ask: async (window, options) => (await dialog.showMessageBox(window, options)).response,
    openInBrowser: (address) =>
      void launched()?.app.openInBrowser(address).catch(onFault('open in the browser')),
    bringUpDeps: {
      platform,
      isWayland: platform === 'linux' && env.XDG_SESSION_TYPE === 'wayland',
      activateProgram: () => app.focus({ steal: true }),
    },
    clock,
    say: (application, onClick) => notices.say('A page is ready', `For a call, in ${application}.`, onClick),
    icon: join(app.getAppPath(), 'build/icon.png'),
  });
}
