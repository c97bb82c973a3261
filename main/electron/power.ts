/** Brings the tray up to date after a suspend, and stops in order when the system goes down. */
import type { PowerMonitor } from 'electron';

/** Returns its end. */
export function watchPower(
  monitor: Pick<PowerMonitor, 'on' | 'removeListener'>,
  on: { readonly awake: () => void; readonly shutdown: () => void },
): () => void {
  monitor.on('resume', on.awake);
  monitor.on('unlock-screen', on.awake);
  monitor.on('shutdown', on.shutdown);
  return () => {
    monitor.removeListener('resume', on.awake);
    monitor.removeListener('unlock-screen', on.awake);
    monitor.removeListener('shutdown', on.shutdown);
  };
}
