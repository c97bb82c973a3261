/** Holds a quit back until everything has been stopped in order, once. */
import type { App } from 'electron';

/** A stop that hangs after a fault is not waited for any longer, in milliseconds. */
const PATIENCE_MS = 30_000;

export interface Quit {
  /** From the moment a quit has been asked for. */
  readonly isUnderWay: () => boolean;
  /** Stops in order and ends with 1; `tell` says why, once nothing waits for poptray any more. */
  readonly fail: (tell: () => void) => void;
  /** Stops in order and stays; resolves when it has stopped. */
  readonly stop: () => Promise<void>;
}

/** `stop` runs once; when it fails, `onFault` hears of it and the app ends with 1. */
export function stopBeforeQuit(
  app: Pick<App, 'on' | 'quit' | 'exit'>,
  stop: () => Promise<void>,
  onFault: (error: unknown) => void,
): Quit {
  let stopping: Promise<void> | undefined;
  let isStopped = false;
  /** Whether the app ends once it has stopped. */
  let isLeaving = false;
  let hasFailed = false;

  function stopOnce(): Promise<void> {
    stopping ??= stop()
      .catch((error) => {
        hasFailed = true;
        onFault(error);
      })
      .finally(() => {
        isStopped = true;
      });
    return stopping;
  }

  app.on('before-quit', (event) => {
    if (isStopped) return;
    event.preventDefault();
    if (isLeaving) return;
    isLeaving = true;
    void stopOnce().then(() => (hasFailed ? app.exit(1) : app.quit()));
  });
  return {
    isUnderWay: () => stopping !== undefined,
    fail(tell) {
      setTimeout(() => app.exit(1), PATIENCE_MS).unref();
      hasFailed = true;
      if (isLeaving) return;
      isLeaving = true;
      void stopOnce().then(() => {
        tell();
        app.exit(1);
      });
    },
    stop: stopOnce,
  };
}
