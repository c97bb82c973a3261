/** `BaseWindow`: what every window is, shown, hidden and closed in name. */
import { EventEmitter } from 'node:events';
import type { BaseWindowConstructorOptions, BaseWindow as ElectronWindow } from 'electron';
import { demandReady, isWayland, preventable } from './world.ts';

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
  | 'hide'
  | 'close'
  | 'destroy';

export class BaseWindow extends EventEmitter implements Pick<ElectronWindow, Used> {
  #isShown: boolean;
  #isMinimized = false;
  #isFullScreen = false;
  #isFocused = false;
  #isGone = false;
  /** How often it was brought to the front. */
  focusCount = 0;
  /** Hidden in full screen, where macOS leaves a black space behind. */
  hasLeftBlackSpace = false;

  constructor(options: BaseWindowConstructorOptions = {}) {
    super();
    demandReady(`Cannot create ${new.target.name} before app is ready`);
    this.#isShown = options.show ?? true;
    windows.add(this);
  }

  isDestroyed = () => this.#isGone;
  isVisible = () => this.#alive().#isShown;
  isMinimized = () => this.#alive().#isMinimized;
  isFullScreen = () => this.#alive().#isFullScreen;
  isFocused = () => this.#alive().#isFocused;
  flashFrame = () => void this.#alive();

  show(): void {
    this.showInactive();
    this.focus();
  }
  showInactive(): void {
    if (this.#alive().#isShown) return;
    this.#isShown = true;
    this.emit('show');
  }
  /** Wayland gives the focus to nobody who asks for it without a click of the user's. */
  focus(): void {
    this.#alive().focusCount += 1;
    this.#isFocused = !isWayland && this.#isShown && !this.#isMinimized;
  }
  /** As a click on it does. */
  takeFocus(): void {
    this.#isFocused = true;
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

  close = () => void this.tryClose();

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
