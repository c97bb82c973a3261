/** How a window comes up on each system, and whether it has the keyboard then: measured, never assumed. */
import type { BaseWindow } from 'electron';
import type { Clock } from '../../pipeline/ports.ts';
import type { WindowPage } from '../../platform/page-windows.ts';

/** So long a window that was asked to the front may take to get there, in milliseconds. */
const FRONT_MS = 300;
/** macOS has the icon jump until it is told to stop: it is after so long, in milliseconds. */
const JUMP_MS = 3000;

export type Screened = Pick<
  BaseWindow,
  | 'isFocused'
  | 'isVisible'
  | 'isMinimized'
  | 'isDestroyed'
  | 'show'
  | 'showInactive'
  | 'focus'
  | 'minimize'
  | 'restore'
  | 'moveTop'
  | 'flashFrame'
  | 'once'
  | 'removeListener'
>;

export interface BringUpDeps {
  readonly platform: NodeJS.Platform;
  /** Where no program can put a window above others, or flash it. */
  readonly isWayland: boolean;
  readonly clock: Pick<Clock, 'after'>;
  /** On macOS only the program in front has windows with the keyboard. */
  readonly activateProgram: () => void;
  /** Says that there is a page, where nothing on the screen does. */
  readonly say: () => void;
}

/** Whether a person who types now types into the window. */
export async function bringUp(
  window: Screened,
  focus: WindowPage['focus'],
  { platform, isWayland, clock, activateProgram, say }: BringUpDeps,
): Promise<boolean> {
  if (focus === 'front') {
    if (window.isMinimized()) window.restore();
    window.show();
    if (platform === 'darwin') activateProgram();
    window.focus();
    await focused();
  } else if (focus === 'polite') {
    // On Windows that takes a window out of the taskbar without the keyboard; elsewhere it does nothing for a minimised one.
    if (window.isMinimized() && platform !== 'win32') window.restore();
    else window.showInactive();
    window.moveTop();
    if (!hasKeyboard()) callAttention();
  } else {
    // Nothing lays a new window behind the others; out of the way it is in the taskbar alone.
    if (!window.isVisible()) {
      window.showInactive();
      window.minimize();
    }
    if (!hasKeyboard()) say();
  }
  return hasKeyboard();

  function hasKeyboard(): boolean {
    return !window.isDestroyed() && window.isVisible() && !window.isMinimized() && window.isFocused();
  }

  function focused(): Promise<void> {
    if (hasKeyboard()) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        window.removeListener('focus', end);
        resolve();
      };
      const cancel = clock.after(FRONT_MS, end);
      window.once('focus', end);
    });
  }

  function callAttention(): void {
    if (isWayland) {
      say();
      return;
    }
    window.flashFrame(true);
    const stop = () => {
      if (!window.isDestroyed()) window.flashFrame(false);
    };
    window.once('focus', stop);
    if (platform === 'darwin') clock.after(JUMP_MS, stop);
  }
}
