/** Watches whether the pages of the applications may be framed, as the settings say, and logs each new verdict. */
import { createFramingWatch, type FramingWatch } from './framing-watch.ts';
import type { Clock } from './pipeline/ports.ts';
import type { Logger } from './platform/logger.ts';
import type { Proxies } from './platform/proxies.ts';
import type { Setup } from './setup.ts';

export interface WatchFramingDeps {
  readonly setup: Pick<Setup, 'follow'>;
  readonly clock: Clock;
  /** On the way to the pages. */
  readonly proxies: Proxies;
  readonly logger: Logger;
}

/** Until it is stopped. */
export function watchFraming({ setup, clock, proxies, logger }: WatchFramingDeps): FramingWatch {
  const watch = createFramingWatch({
    clock,
    // Loaded with the first look: no pop needs it, and where nothing is looked at nobody does.
    judge: async (...target) => (await import('./judge-target.ts')).judgeTarget(...target, proxies),
    onVerdict: ({ application, mode, verdict, rule }) => {
      const tell = verdict === 'blocked' && mode !== 'off' ? logger.warn : logger.info;
      tell('framing of the page looked at', { application, verdict, rule, mode });
    },
  });
  setup.follow(({ settings }) => settings, watch.use);
  return watch;
}
