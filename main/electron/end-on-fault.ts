/** Electron shows an uncaught exception in a box and goes on with what is left; poptray says so in its log and ends in order. */

export interface FaultDeps {
  /** Hears of every fault; of what it holds only the kind may be kept. */
  readonly note: (event: 'uncaught exception' | 'unhandled rejection', error: unknown) => void;
  /** Stops in order and ends. */
  readonly end: () => void;
}

/** A rejection that nobody handles leaves nothing half done: it is noted, and poptray goes on. */
export function endOnFault(events: Pick<NodeJS.Process, 'on'>, { note, end }: FaultDeps): void {
  events.on('uncaughtException', (error) => {
    note('uncaught exception', error);
    end();
  });
  events.on('unhandledRejection', (reason) => note('unhandled rejection', reason));
}
