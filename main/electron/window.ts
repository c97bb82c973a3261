/** The dashboard's window: hardened, made when first asked for, hidden instead of closed. */
import type { BrowserWindow, BrowserWindowConstructorOptions, WebPreferences } from 'electron';
import type { ApiEvent } from '../../shared/api.ts';
import type { Clock } from '../pipeline/ports.ts';
import { CHANNELS } from './channels.ts';
import { DASHBOARD_URL } from './protocol.ts';

/** Where in the dashboard its views are. */
export const VIEWS = {
  pops: '#/pops',
  pop: (popId: string) => `#/pops/${encodeURIComponent(popId)}`,
  test: '#/test',
  settings: '#/settings',
} as const;

/** A page that is there is painted within this, or nobody says so: a hidden window on Wayland never does; in milliseconds. */
const PAINT_MS = 250;
/** After this it is shown whatever is in it, in milliseconds. */
const LOAD_MS = 2000;

export interface WindowDeps {
  readonly BrowserWindow: new (options: BrowserWindowConstructorOptions) => BrowserWindow;
  readonly preload: string;
  readonly icon: string;
  readonly hasDevTools: boolean;
  /** While true, closing means closing. */
  readonly isQuitting: () => boolean;
  readonly clock: Pick<Clock, 'after'>;
  readonly onGone: (reason: string) => void;
}

export interface MainWindow {
  /** Brings it to the front, at a view such as `#/settings`: only for what the user asked for. */
  show(view?: string): void;
  /** Does the same, and resolves with it once it is on the screen, for a dialog to hang on. */
  shown(): Promise<BrowserWindow>;
  /** Nothing happens while there is no window. */
  send(events: readonly ApiEvent[]): void;
}

/** Nothing of Node is in the page's reach, and nothing of another origin gets in. */
export const HARDENED = {
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
} as const satisfies WebPreferences;

export function webPreferences(preload: string, devTools: boolean): WebPreferences {
  return { ...HARDENED, preload, devTools };
}

export function createMainWindow(deps: WindowDeps): MainWindow {
  let window: BrowserWindow | undefined;
  /** Whether the user wants to see it, also while it is still loading or on its way out of full screen. */
  let isWanted = false;

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
    const reveal = () => {
      if (isWanted && window === opened && !opened.isVisible()) opened.show();
    };
    opened.once('ready-to-show', reveal);
    opened.webContents.once('did-finish-load', () => deps.clock.after(PAINT_MS, reveal));
    deps.clock.after(LOAD_MS, reveal);
    opened.on('close', (event) => {
      if (deps.isQuitting()) return;
      event.preventDefault();
      isWanted = false;
      hide(opened);
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

  function hide(target: BrowserWindow): void {
    if (!target.isFullScreen()) {
      target.hide();
      return;
    }
    // Hidden in full screen, macOS would leave a black one.
    target.once('leave-full-screen', () => {
      if (!isWanted) target.hide();
    });
    target.setFullScreen(false);
  }

  function load(target: BrowserWindow, view: string): void {
    // A load that another one overtakes rejects, and there is nothing to do about it.
    target.loadURL(DASHBOARD_URL + view).catch(() => {});
  }

  function show(view?: string): BrowserWindow {
    isWanted = true;
    if (window === undefined) {
      window = open(view ?? '');
      return window;
    }
    if (view !== undefined) load(window, view);
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
    return window;
  }

  return {
    show: (view) => void show(view),
    shown() {
      const target = show();
      if (target.isVisible()) return Promise.resolve(target);
      return new Promise((resolve, reject) => {
        target.once('show', () => resolve(target));
        target.once('closed', () => reject(new Error('the window has gone')));
      });
    },
    send(events) {
      window?.webContents.send(CHANNELS.event, events);
    },
  };
}
