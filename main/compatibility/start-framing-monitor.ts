/** Watches whether the pages of the applications may be framed, as the settings say, and logs each new verdict. */
import { pageOf } from '../../shared/application.ts';
import type { FramingState } from '../../shared/framing.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Proxies } from '../network/proxies.ts';
import type { Logger } from '../observability/logger.ts';
import type { Troubles } from '../observability/troubles.ts';
import type { Clock } from '../pipeline/ports.ts';
import type { Observable } from '../platform/observable.ts';
import { createFramingMonitor, type FramingMonitor } from './framing-monitor.ts';
import { framingsOf } from './framings.ts';

export interface StartFramingMonitorDeps {
  readonly settings: Observable<Settings>;
  readonly clock: Clock;
  /** On the way to the pages. */
  readonly proxies: Proxies;
  readonly troubles: Pick<Troubles, 'report' | 'keepOnly'>;
  readonly logger: Logger;
}

/** Until it is stopped. */
export function startFramingMonitor({
  settings,
  clock,
  proxies,
  troubles,
  logger,
}: StartFramingMonitorDeps): FramingMonitor {
  const monitor = createFramingMonitor({
    clock,
    // Loaded with the first look: no pop needs it, and where nothing is looked at nobody does.
    judge: async (...target) => (await import('./page-probe.ts')).probePage(...target, proxies),
    onVerdict({ application, destinations, embedder, mode, verdict, rule }) {
      const unseen = monitor
        .statesOf(application)
        ?.find((state) => state.verdict === 'unknown' && state.lookedAt !== null && state.mode !== 'off');
      troubles.report('page', application, unseen ? { code: unseen.rule, why: whyOf(unseen) } : null);
      const tell = verdict === 'blocked' && mode !== 'off' ? logger.warn : logger.info;
      const where = { application, destinations: destinations.join(' '), embedder };
      tell('framing of the page looked at', { ...where, verdict, rule, mode });
    },
  });
  settings.subscribe((now) => {
    const watched = now.applications.filter((application) =>
      framingsOf({ ...application, page: pageOf(application) }, now).some(
        ({ framing }) => framing.mode !== 'off',
      ),
    );
    troubles.keepOnly(
      'page',
      watched.map(({ id }) => id),
    );
    monitor.use(now);
  });
  return monitor;
}

function whyOf({ detail, advice }: FramingState): string {
  return advice === null ? detail : `${detail}. ${advice}`;
}
