/** `BrowserWindow`: a window in name whose page is real. */
import { existsSync } from 'node:fs';
import type {
  BrowserWindowConstructorOptions,
  BrowserWindow as ElectronWindow,
  Rectangle,
  WebContentsViewConstructorOptions,
} from 'electron';
import { StandInWebContents } from './web-contents.ts';
import { allWindows, BaseWindow } from './window.ts';
import { isWayland, preventable } from './world.ts';

export function allBrowserWindows(): BrowserWindow[] {
  return allWindows().filter((window) => window instanceof BrowserWindow);
}

/** A page of its own within a window. */
export class WebContentsView {
  readonly webContents: StandInWebContents;
  bounds: Rectangle = { x: 0, y: 0, width: 0, height: 0 };

  constructor({ webPreferences = {} }: WebContentsViewConstructorOptions = {}) {
    this.webContents = new StandInWebContents(webPreferences);
  }
  setBounds = (bounds: Rectangle) => {
    this.bounds = bounds;
  };
}

export class BrowserWindow extends BaseWindow implements Pick<ElectronWindow, 'loadURL'> {
  readonly webContents: StandInWebContents;
  /** Painted over the page. */
  readonly contentView = {
    children: [] as WebContentsView[],
    addChildView: (view: WebContentsView) => void this.contentView.children.push(view),
    removeChildView: (view: WebContentsView) => {
      this.contentView.children = this.contentView.children.filter((one) => one !== view);
    },
  };

  constructor(options: BrowserWindowConstructorOptions) {
    super(options);
    if (typeof options.icon === 'string' && !existsSync(options.icon))
      throw new Error(`no icon: ${options.icon}`);
    this.webContents = new StandInWebContents(options.webPreferences ?? {});
    // On Wayland a window that was never shown has no surface to paint on.
    const painted = () => this.emit('ready-to-show');
    if (isWayland) this.once('show', painted);
    else this.webContents.once('did-finish-load', () => setImmediate(painted));
  }

  loadURL = (url: string) => this.webContents.loadURL(url);

  /** A page of a partition is asked as well, once the listeners were. */
  override close(): void {
    const event = preventable();
    this.emit('close', event);
    if (event.defaultPrevented) return;
    void this.webContents.tryClose().then((hasClosed) => {
      if (hasClosed) this.destroy();
    });
  }

  override destroy(): void {
    if (this.isDestroyed()) return;
    this.webContents.destroy();
    super.destroy();
  }
}
