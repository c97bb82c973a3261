/** Whether a pop could be delivered now, and if not, why: for /readyz, the figures, and who asks how poptray stands. */
import type { Application } from '../../shared/application.ts';
import type { Unready } from '../../shared/readiness.ts';
import { destinationsOf } from '../../shared/settings.ts';
import type { OpenOutlet } from '../destinations/registry.ts';
import type { Pause } from '../pipeline/pause.ts';
import type { RuntimeConfig } from './runtime-config.ts';

export interface ReadinessDeps {
  readonly runtimeConfig: Pick<RuntimeConfig, 'current'>;
  readonly pause: Pick<Pause, 'until'>;
  /** Whether the log has its keys. */
  readonly isLogOpen: () => boolean;
  /** Why the log cannot be written; null when it can. */
  readonly logFault: () => string | null;
}

/** Empty: it could. */
export function unreadyFor({ runtimeConfig, pause, isLogOpen, logFault }: ReadinessDeps): Unready[] {
  const { settings, outlets } = runtimeConfig.current;
  const isCutOff = (isThere: (outlet: OpenOutlet) => boolean) =>
    settings.applications.some((application) => {
      const ids = destinationsOf(application, settings).map(({ id }) => id);
      return !canDeliver(
        application,
        outlets.filter(({ outlet }) => ids.includes(outlet.id)),
        isThere,
      );
    });
  const found: Record<Unready, boolean> = {
    not_configured: isCutOff(({ outlet, isLocked }) => isLocked || 'destination' in outlet),
    secrets_locked: isCutOff(({ isLocked }) => !isLocked) || !isLogOpen(),
    audit_unavailable: !isLogOpen() || logFault() !== null,
    paused: pause.until() !== null,
  };
  return (Object.keys(found) as Unready[]).filter((code) => found[code]);
}

/** Whether those of an application's destinations that are there are enough for a pop of it. */
function canDeliver(
  { mode }: Pick<Application, 'mode'>,
  outlets: readonly OpenOutlet[],
  isThere: (outlet: OpenOutlet) => boolean,
): boolean {
  const required = mode === 'all' ? outlets.filter(({ outlet }) => outlet.required) : [];
  return required.length > 0 ? required.every(isThere) : outlets.some(isThere);
}
