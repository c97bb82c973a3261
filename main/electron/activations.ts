/** What reaches poptray from outside while it runs: a second start, a URL, a click on the dock. */
import type { App } from 'electron';
import { readArguments } from './arguments.ts';
import { isSchemeUrl } from './scheme.ts';

export interface ActivationHandlers {
  show(): void;
  openUrl(url: string): void;
}

export interface Activations {
  /** Hands over what came before, and what comes from now on. */
  attach(handlers: ActivationHandlers): void;
}

/** Must be called before the app is ready: macOS hands over the first URL early. */
export function watchActivations(app: Pick<App, 'on'>): Activations {
  let handlers: ActivationHandlers | undefined;
  let waiting: ((to: ActivationHandlers) => void)[] = [];
  const hand = (action: (to: ActivationHandlers) => void) => {
    if (handlers) action(handlers);
    else waiting.push(action);
  };
  app.on('second-instance', (_, argv) => {
    const { url } = readArguments(argv);
    // A softphone's URL comes as a second start; a window on top of the call would be in the way.
    hand((to) => (url === undefined ? to.show() : to.openUrl(url)));
  });
  app.on('open-url', (event, url) => {
    event.preventDefault();
    if (isSchemeUrl(url)) hand((to) => to.openUrl(url));
  });
  app.on('activate', () => hand((to) => to.show()));
  return {
    attach(next) {
      handlers = next;
      for (const action of waiting) action(next);
      waiting = [];
    },
  };
}
