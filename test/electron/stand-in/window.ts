/** `BaseWindow`: what every window is, shown, hidden and closed in name. */
import { EventEmitter } from 'node:events';
import type { BaseWindowConstructorOptions, BaseWindow as ElectronWindow, Rectangle } from 'electron';
import { demandReady, isWayland, preventable, world } from './world.ts';

const windows = new Set<BaseWindow>();

export function allWindows(): BaseWindow[] {
  return [...windows];
}

type Used =
  | 'isDestroyed'
  | 'isFullScreen'
  | 'isMinimized'
  | 'isVisible'
  | 'isFocused'
  | 'restore'
  | 'setFullScreen'
  | 'show'
  | 'showInactive'
  | 'focus'
  | 'flashFrame'
  | 'moveTop'
  | 'minimize'
  | 'getBounds'
  | 'getNormalBounds'
  | 'getContentBounds'
  | 'setBounds'
  | 'hide'
  | 'close'
  | 'destroy';

export class BaseWindow extends EventEmitter implements Pick<ElectronWindow, Used> {
  #isShown: boolean;
  #isMinimized = false;
  #isFullScreen = false;
  #isFocused = false;
  #isGone = false;
  #bounds: Rectangle;
  /** What was done to have it seen, in order. */
  readonly comings: string[] = [];
  isFlashing = false;
  /** How often it was brought to the front. */
  focusCount = 0;
  /** Hidden in full screen, where macOS leaves a black space behind. */
  hasLeftBlackSpace = false;

  constructor(options: BaseWindowConstructorOptions = {}) {
    super();
    demandReady(`Cannot create ${new.target.name} before app is ready`);
    this.#isShown = options.show ?? true;
    const { x = 0, y = 0, width = 800, height = 600 } = options;
    this.#bounds = { x, y, width, height };
    windows.add(this);
  }

  isDestroyed = () => this.#isGone;
  isVisible = () => this.#alive().#isShown;
  isMinimized = () => this.#alive().#isMinimized;
  isFullScreen = () => this.#alive().#isFullScreen;
  isFocused = () => this.#alive().#isFocused;
  flashFrame = (isOn: boolean) => {
    this.#alive().isFlashing = isOn;
  };
  moveTop = () => void this.#alive().comings.push('moveTop');
  getBounds = () => this.#alive().#bounds;
  getNormalBounds = () => this.#alive().#bounds;
  getContentBounds = () => this.#alive().#bounds;
  setBounds(bounds: Partial<Rectangle>): void {
    this.#alive().#bounds = { ...this.#bounds, ...bounds };
    this.emit('move');
    this.emit('resize');
  }

  show(): void {
    this.#appear('show');
    this.focus();
  }
  showInactive = () => this.#appear('showInactive');
  #appear(how: string): void {
    this.#alive().comings.push(how);
    if (process.platform === 'win32') this.#isMinimized = false;
    if (this.#isShown) return;
    this.#isShown = true;
    this.emit('show');
  }
  /** Wayland gives the focus to nobody who asks for it without a click of the user's. */
  focus(): void {
    this.#alive().focusCount += 1;
    if (isWayland || world.isFocusKept || !this.#isShown || this.#isMinimized) return;
    this.takeFocus();
  }
  /** As a click on it does; one alone has it, and what tells of it comes later. */
  takeFocus(): void {
    if (this.#isFocused) return;
    for (const other of windows) other.#isFocused = false;
    this.#isFocused = true;
    setImmediate(() => this.emit('focus'));
  }
  /** Another program has it now. */
  loseFocus(): void {
    this.#isFocused = false;
  }
  minimize(): void {
    this.#alive().#isMinimized = true;
    this.#isFocused = false;
  }
  restore(): void {
    this.#alive().#isMinimized = false;
  }
  hide(): void {
    if (this.#alive().#isFullScreen && process.platform === 'darwin') this.hasLeftBlackSpace = true;
    this.#isShown = false;
    this.#isFocused = false;
  }
  /** Takes a moment, with an animation; what it said before is not so yet. */
  setFullScreen(isOn: boolean): void {
    this.#alive();
    setTimeout(() => {
      if (this.#isGone || this.#isFullScreen === isOn) return;
      this.#isFullScreen = isOn;
      this.emit(isOn ? 'enter-full-screen' : 'leave-full-screen');
    }, 20);
  }

  close(): void {
    this.tryClose();
  }

  /** Asks the listeners first; whether it closed. */
  tryClose(): boolean {
    const event = preventable();
    this.emit('close', event);
    if (!event.defaultPrevented) this.destroy();
    return !event.defaultPrevented;
  }

  destroy(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    windows.delete(this);
    this.emit('closed');
  }

  #alive(): this {
    if (this.#isGone) throw new TypeError('Object has been destroyed');
    return this;
  }
}
