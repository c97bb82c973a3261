/** Watches whether the pages of the applications may be framed, as the settings say, and logs each new verdict. */
import { createFramingWatch, type FramingWatch, framingOf } from './framing-watch.ts';
import type { Clock } from './pipeline/ports.ts';
import type { Logger } from './platform/logger.ts';
import type { Proxies } from './platform/proxies.ts';
import type { Setup } from './setup.ts';
import type { Troubles } from './troubles.ts';

export interface WatchFramingDeps {
  readonly setup: Pick<Setup, 'follow'>;
  readonly clock: Clock;
  /** On the way to the pages. */
  readonly proxies: Proxies;
  readonly troubles: Pick<Troubles, 'report' | 'keepOnly'>;
  readonly logger: Logger;
}

/** Until it is stopped. */
export function watchFraming({ setup, clock, proxies, troubles, logger }: WatchFramingDeps): FramingWatch {
  const watch = createFramingWatch({
    clock,
    // Loaded with the first look: no pop needs it, and where nothing is looked at nobody does.
    judge: async (...target) => (await import('./judge-target.ts')).judgeTarget(...target, proxies),
    onVerdict({ application, mode, verdict, rule, detail }) {
      const isUnknown = verdict === 'unknown' && mode !== 'off';
      troubles.report('page', application, isUnknown ? { code: rule, why: detail } : null);
      const tell = verdict === 'blocked' && mode !== 'off' ? logger.warn : logger.info;
      tell('framing of the page looked at', { application, verdict, rule, mode });
    },
  });
  setup.follow(
    ({ settings }) => settings,
    (settings) => {
      const watched = settings.applications.filter(
        (application) => framingOf(application, settings.destination).mode !== 'off',
      );
      troubles.keepOnly(
        'page',
        watched.map(({ id }) => id),
      );
      watch.use(settings);
    },
  );
  return watch;
}
