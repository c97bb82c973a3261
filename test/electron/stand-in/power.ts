/** `powerMonitor`, and how each system ends a session. */
import { EventEmitter } from 'node:events';
import { app, endNow } from './app.ts';
import { allWindows } from './window.ts';
import { demandReady, preventable } from './world.ts';

const { platform } = process;

/** systemd's InhibitDelayMaxSec, and what Windows gives a program before it ends it, in milliseconds. */
const PATIENCE_MS = 5000;

class StandInPowerMonitor extends EventEmitter {
  override on(event: string, listener: (...args: never[]) => void): this {
    demandReady('powerMonitor can only be used after app is ready');
    return super.on(event, listener as () => void);
  }
}

export const powerMonitor = new StandInPowerMonitor();

/** The screen is unlocked; Linux tells nobody. */
export function unlockScreen(): void {
  if (platform !== 'linux') powerMonitor.emit('unlock-screen');
}

/** The machine goes down, or the user logs off. `othersMs`: how long the other programs take to agree. */
export async function endSession(othersMs = 200, isCalledOff = false): Promise<void> {
  if (platform === 'win32') return endWindowsSession(othersMs, isCalledOff);
  const event = preventable();
  powerMonitor.emit('shutdown', event);
  if (platform === 'darwin') {
    if (!event.defaultPrevented) app.quit();
    return;
  }
  // The lock is let go within the event unless it was prevented.
  if (!event.defaultPrevented) kill();
  setTimeout(kill, PATIENCE_MS).unref();
}

/** No `before-quit`, no `shutdown`: windows are told, and who has none is ended without a word. */
async function endWindowsSession(othersMs: number, isCalledOff: boolean): Promise<void> {
  const reasons = ['logoff'];
  const asked = allWindows().map((window) => {
    const event = Object.assign(preventable(), { reasons });
    window.emit('query-session-end', event);
    return event;
  });
  if (asked.some(({ defaultPrevented }) => defaultPrevented)) return;
  await new Promise((resolve) => setTimeout(resolve, othersMs));
  if (isCalledOff) return;
  for (const window of allWindows()) window.emit('session-end', { reasons });
  if (!app.isQuitting()) endNow(0);
  setTimeout(kill, PATIENCE_MS).unref();
}

function kill(): void {
  process.kill(process.pid, 'SIGKILL');
}
