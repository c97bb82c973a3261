/** `powerMonitor`, and how each system ends a session. */
import { EventEmitter } from 'node:events';
import { app } from './app.ts';
import { allWindows } from './window.ts';
import { demandReady, preventable } from './world.ts';

const { platform } = process;

/** systemd's InhibitDelayMaxSec, in milliseconds. */
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

/**
 * The machine goes down, or the user logs off. `othersMs`: how long the other programs take to agree; at once: a session that
 * Windows ends without a question.
 */
export async function endSession(othersMs: number | 'at once' = 200, isCalledOff = false): Promise<void> {
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

/** No `before-quit`, no `shutdown`: windows are told, and when the last handler returns the process is no more. */
async function endWindowsSession(othersMs: number | 'at once', isCalledOff: boolean): Promise<void> {
  const reasons = [othersMs === 'at once' ? 'critical' : 'logoff'];
  if (othersMs !== 'at once') {
    const asked = allWindows().map((window) => {
      const event = Object.assign(preventable(), { reasons });
      window.emit('query-session-end', event);
      return event;
    });
    if (asked.some(({ defaultPrevented }) => defaultPrevented)) return;
    await new Promise((resolve) => setTimeout(resolve, othersMs));
    if (isCalledOff) return;
  }
  for (const window of allWindows()) window.emit('session-end', { reasons });
  kill();
}

function kill(): void {
  process.kill(process.pid, 'SIGKILL');
}
