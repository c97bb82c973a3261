/** The dashboard's window: hardened, made when first asked for, hidden instead of closed. */
import type { BrowserWindow, BrowserWindowConstructorOptions, WebPreferences } from 'electron';
import type { ApiEvent } from '../../shared/api.ts';
import { CHANNELS } from './channels.ts';
import { DASHBOARD_URL } from './protocol.ts';

export interface WindowDeps {
  readonly BrowserWindow: new (options: BrowserWindowConstructorOptions) => BrowserWindow;
  readonly preload: string;
  readonly icon: string;
  readonly hasDevTools: boolean;
  /** While true, closing means closing. */
  readonly isQuitting: () => boolean;
  readonly onGone: (reason: string) => void;
}

export interface MainWindow {
  /** Brings it to the front, at a view such as `#/settings`: only for what the user asked for. */
  show(view?: string): void;
  /** Nothing happens while there is no window. */
  send(events: readonly ApiEvent[]): void;
}

/** Nothing of Node is in the page's reach, and nothing of another origin gets in. */
export function webPreferences(preload: string, devTools: boolean): WebPreferences {
  return {
    preload,
    devTools,
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    safeDialogs: true,
    spellcheck: false,
  };
}

export function createMainWindow(deps: WindowDeps): MainWindow {
  let window: BrowserWindow | undefined;

  function open(view: string): BrowserWindow {
    const opened = new deps.BrowserWindow({
      title: 'poptray',
      icon: deps.icon,
      width: 1100,
      height: 760,
      minWidth: 380,
      minHeight: 480,
      show: false,
      autoHideMenuBar: true,
      webPreferences: webPreferences(deps.preload, deps.hasDevTools),
    });
    let isWanted = true;
    // Unless it was closed while it was still loading.
    opened.once('ready-to-show', () => isWanted && opened.show());
    opened.on('close', (event) => {
      if (deps.isQuitting()) return;
      event.preventDefault();
      isWanted = false;
      opened.hide();
    });
    opened.on('closed', () => {
      window = undefined;
    });
    opened.webContents.on('render-process-gone', (_, { reason }) => {
      deps.onGone(reason);
      // The next one who asks gets a fresh page.
      opened.destroy();
    });
    load(opened, view);
    return opened;
  }

  function load(target: BrowserWindow, view: string): void {
    // A load that another one overtakes rejects, and there is nothing to do about it.
    target.loadURL(DASHBOARD_URL + view).catch(() => {});
  }

  return {
    show(view) {
      if (window === undefined) {
        window = open(view ?? '');
        return;
      }
      if (view !== undefined) load(window, view);
      if (window.isMinimized()) window.restore();
      window.show();
      window.focus();
    },
    send(events) {
      window?.webContents.send(CHANNELS.event, events);
    },
  };
}
