/** Brings the tray up to date after a suspend, and stops in order when the system goes down. */
import type { Event, PowerMonitor } from 'electron';

/** Windows tells of its end otherwise: main/electron/session-end.ts. Returns its end. */
export function watchPower(
  monitor: Pick<PowerMonitor, 'on' | 'removeListener'>,
  on: { readonly awake: () => void; readonly shutdown: () => void },
): () => void {
  const shutdown = (event: Event) => {
    // Else the lock that holds the system up is let go at once.
    event.preventDefault();
    on.shutdown();
  };
  monitor.on('resume', on.awake);
  monitor.on('unlock-screen', on.awake);
  monitor.on('shutdown', shutdown as () => void);
  return () => {
    monitor.removeListener('resume', on.awake);
    monitor.removeListener('unlock-screen', on.awake);
    monitor.removeListener('shutdown', shutdown as () => void);
  };
}
