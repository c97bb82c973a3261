/** Waits for the place for tray icons, which a Linux desktop may have only after the programs of its login. */
import { execFile } from 'node:child_process';
import type { Clock } from '../pipeline/ports.ts';

/** How often it is looked for, and for how long, in milliseconds. */
const EVERY_MS = 2000;
const PATIENCE_MS = 120_000;

/** Whether there is one; undefined where nobody can say. */
export type HasTrayHost = () => Promise<boolean | undefined>;

/** Asks the session's bus, with the program that comes with GLib. */
export const hasTrayHost: HasTrayHost = () =>
  new Promise((resolve) => {
    const question = [
      'call',
      '--session',
      ...['--dest', 'org.freedesktop.DBus', '--object-path', '/org/freedesktop/DBus'],
      ...['--method', 'org.freedesktop.DBus.NameHasOwner', 'org.kde.StatusNotifierWatcher'],
    ];
    execFile('gdbus', question, { timeout: EVERY_MS }, (error, output) => {
      resolve(error ? undefined : output.includes('true'));
    });
  });

/** Calls `act` when a place has come that was not there at first. Returns its end. */
export function whenTrayHostComes(
  hasHost: HasTrayHost,
  clock: Pick<Clock, 'after'>,
  act: () => void,
): () => void {
  let isOver = false;
  let cancel = () => {};
  const look = async (waited: number) => {
    const has = await hasHost();
    if (isOver || has === undefined) return;
    if (has) {
      if (waited > 0) act();
    } else if (waited < PATIENCE_MS) cancel = clock.after(EVERY_MS, () => void look(waited + EVERY_MS));
  };
  void look(0);
  return () => {
    isOver = true;
    cancel();
  };
}
