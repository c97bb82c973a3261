/** Whether a pop could be delivered now, and if not, why: for /readyz, the figures, and who asks how poptray stands. */
import type { Unready } from '../../shared/readiness.ts';
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
  const { outlet, isLocked } = runtimeConfig.current.outlet;
  const found: Record<Unready, boolean> = {
    not_configured: 'missing' in outlet && !isLocked,
    secrets_locked: isLocked || !isLogOpen(),
    audit_unavailable: !isLogOpen() || logFault() !== null,
    paused: pause.until() !== null,
  };
  return (Object.keys(found) as Unready[]).filter((code) => found[code]);
}
