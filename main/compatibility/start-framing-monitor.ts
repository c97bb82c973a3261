/** Watches whether the pages of the applications may be framed, as the settings say, and logs each new verdict. */

import type { RuntimeConfig } from '../app/runtime-config.ts';
import type { Proxies } from '../network/proxies.ts';
import type { Logger } from '../observability/logger.ts';
import type { Clock } from '../pipeline/ports.ts';
import { createFramingMonitor, type FramingMonitor } from './framing-monitor.ts';

export interface StartFramingMonitorDeps {
  readonly runtimeConfig: Pick<RuntimeConfig, 'follow'>;
  readonly clock: Clock;
  /** On the way to the pages. */
  readonly proxies: Proxies;
  readonly logger: Logger;
}

/** Until it is stopped. */
export function startFramingMonitor({
  runtimeConfig,
  clock,
  proxies,
  logger,
}: StartFramingMonitorDeps): FramingMonitor {
  const watch = createFramingMonitor({
    clock,
    // Loaded with the first look: no pop needs it, and where nothing is looked at nobody does.
    judge: async (...target) => (await import('./probe-page.ts')).probePage(...target, proxies),
    onVerdict: ({ application, mode, verdict, rule }) => {
      const tell = verdict === 'blocked' && mode !== 'off' ? logger.warn : logger.info;
      tell('framing of the page looked at', { application, verdict, rule, mode });
    },
  });
  runtimeConfig.follow(({ settings }) => settings, watch.use);
  return watch;
}
