/** `BrowserWindow`: a window in name whose page is real. */
import { existsSync } from 'node:fs';
import type { BrowserWindowConstructorOptions, BrowserWindow as ElectronWindow } from 'electron';
import { StandInWebContents } from './web-contents.ts';
import { allWindows, BaseWindow } from './window.ts';
import { isWayland } from './world.ts';

export function allBrowserWindows(): BrowserWindow[] {
  return allWindows().filter((window) => window instanceof BrowserWindow);
}

export class BrowserWindow extends BaseWindow implements Pick<ElectronWindow, 'loadURL'> {
  readonly webContents: StandInWebContents;

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

  override destroy(): void {
    if (this.isDestroyed()) return;
    this.webContents.destroy();
    super.destroy();
  }
}
