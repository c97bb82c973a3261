/** Watches whether the pages of the applications may be framed, as the settings say, and logs each new verdict. */

import type { RuntimeConfig } from '../app/runtime-config.ts';
import type { Proxies } from '../network/proxies.ts';
import type { Logger } from '../observability/logger.ts';
import type { Clock } from '../pipeline/ports.ts';
import type { Troubles } from '../troubles.ts';
import { createFramingMonitor, type FramingMonitor, framingOf } from './framing-monitor.ts';

export interface StartFramingMonitorDeps {
  readonly runtimeConfig: Pick<RuntimeConfig, 'follow'>;
  readonly clock: Clock;
  /** On the way to the pages. */
  readonly proxies: Proxies;
  readonly troubles: Pick<Troubles, 'report' | 'keepOnly'>;
  readonly logger: Logger;
}

/** Until it is stopped. */
export function startFramingMonitor({
  runtimeConfig,
  clock,
  proxies,
  troubles,
  logger,
}: StartFramingMonitorDeps): FramingMonitor {
  const watch = createFramingMonitor({
    clock,
    // Loaded with the first look: no pop needs it, and where nothing is looked at nobody does.
    judge: async (...target) => (await import('./probe-page.ts')).probePage(...target, proxies),
    onVerdict({ application, mode, verdict, rule, detail }) {
      const isUnknown = verdict === 'unknown' && mode !== 'off';
      troubles.report('page', application, isUnknown ? { code: rule, why: detail } : null);
      const tell = verdict === 'blocked' && mode !== 'off' ? logger.warn : logger.info;
      tell('framing of the page looked at', { application, verdict, rule, mode });
    },
  });
  runtimeConfig.follow(
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
