/** Holds a quit back until everything has been stopped in order, once. */
import type { App } from 'electron';

export interface Quit {
  /** From the moment a quit has been asked for. */
  readonly isUnderWay: () => boolean;
}

/** `stop` runs once; when it fails, `onFault` hears of it and the app ends with 1. */
export function stopBeforeQuit(
  app: Pick<App, 'on' | 'quit' | 'exit'>,
  stop: () => Promise<void>,
  onFault: (error: unknown) => void,
): Quit {
  let state: 'running' | 'stopping' | 'stopped' = 'running';
  app.on('before-quit', (event) => {
    if (state === 'stopped') return;
    event.preventDefault();
    if (state === 'stopping') return;
    state = 'stopping';
    stop().then(
      () => {
        state = 'stopped';
        app.quit();
      },
      (error) => {
        state = 'stopped';
        onFault(error);
        app.exit(1);
      },
    );
  });
  return { isUnderWay: () => state !== 'running' };
}
