/** `BrowserWindow`: shown, hidden and closed in name; its page is real. */
import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import type { BrowserWindowConstructorOptions, BrowserWindow as ElectronWindow } from 'electron';
import { StandInWebContents } from './web-contents.ts';
import { preventable } from './world.ts';

const windows = new Set<BrowserWindow>();

export function allWindows(): BrowserWindow[] {
  return [...windows];
}

type Used =
  | 'loadURL'
  | 'isVisible'
  | 'isMinimized'
  | 'restore'
  | 'show'
  | 'showInactive'
  | 'focus'
  | 'hide'
  | 'destroy';

export class BrowserWindow extends EventEmitter implements Pick<ElectronWindow, Used> {
  readonly webContents: StandInWebContents;
  isShown: boolean;
  /** How often it was brought to the front. */
  focusCount = 0;

  constructor(options: BrowserWindowConstructorOptions) {
    super();
    if (typeof options.icon === 'string' && !existsSync(options.icon))
      throw new Error(`no icon: ${options.icon}`);
    this.isShown = options.show ?? true;
    this.webContents = new StandInWebContents(options.webPreferences ?? {});
    this.webContents.once('did-finish-load', () => this.emit('ready-to-show'));
    windows.add(this);
  }

  loadURL = (url: string) => this.webContents.loadURL(url);
  isVisible = () => this.isShown;
  isMinimized = () => false;
  restore = () => {};
  show(): void {
    this.isShown = true;
    this.focusCount += 1;
  }
  showInactive(): void {
    this.isShown = true;
  }
  focus(): void {
    this.focusCount += 1;
  }
  hide(): void {
    this.isShown = false;
  }

  /** Asks the listeners first; whether it closed. */
  tryClose(): boolean {
    const event = preventable();
    this.emit('close', event);
    if (!event.defaultPrevented) this.destroy();
    return !event.defaultPrevented;
  }

  destroy(): void {
    windows.delete(this);
    void this.webContents.page.then((page) => page.close()).catch(() => {});
    this.emit('closed');
  }
}
