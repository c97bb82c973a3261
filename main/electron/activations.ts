/** What reaches poptray from outside while it runs: a second start, a URL, a click on the dock. */
import type { App } from 'electron';
import { readArguments } from './arguments.ts';
import { isSchemeUrl } from './scheme.ts';

export interface ActivationHandlers {
  show(): void;
  openUrl(url: string): void;
}

export interface Activations {
  /** Whether a URL has come that nobody was there for yet. */
  hasUrl(): boolean;
  /** Hands over what came before, and what comes from now on. */
  attach(handlers: ActivationHandlers): void;
}

/** Must be called before the app is ready: macOS hands over the first URL early. */
export function watchActivations(app: Pick<App, 'on'>): Activations {
  let handlers: ActivationHandlers | undefined;
  /** In order; undefined stands for a wish to see the window. */
  let waiting: (string | undefined)[] = [];
  const hand = (url?: string) => {
    if (!handlers) waiting.push(url);
    else if (url === undefined) handlers.show();
    else handlers.openUrl(url);
  };
  // A softphone's URL comes as a second start; a window on top of the call would be in the way.
  app.on('second-instance', (_, argv) => hand(readArguments(argv).url));
  app.on('open-url', (event, url) => {
    event.preventDefault();
    if (isSchemeUrl(url)) hand(url);
  });
  app.on('activate', () => hand());
  return {
    hasUrl: () => waiting.some((url) => url !== undefined),
    attach(next) {
      handlers = next;
      const before = waiting;
      waiting = [];
      for (const url of before) hand(url);
    },
  };
}
