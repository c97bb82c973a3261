/** The log on its way to the receivers that the settings name. */

import type { RuntimeConfig } from '../app/runtime-config.ts';
import { followLog } from '../audit/read/follow.ts';
import { fullJitter } from '../pipeline/retry-schedule.ts';
import { createExporters, type ExportersDeps } from './exporters.ts';
import { openProgress } from './progress.ts';
import { createShipping, type Shipping } from './shipping.ts';

/** The base of the backoff while a receiver is away, in milliseconds. */
const BACKOFF_MS = 1000;

export interface ShipLogDeps extends Omit<ExportersDeps, 'instance' | 'newFigures'> {
  readonly dataDir: string;
  readonly auditDir: string;
  /** The number of the log's last entry now. */
  readonly lastSeq: number;
  readonly runtimeConfig: Pick<RuntimeConfig, 'follow'>;
  /** Figures that start at nothing; they count what waits to be shipped as well. */
  readonly newFigures: (entriesToShip: Shipping['states']) => ReturnType<ExportersDeps['newFigures']>;
}

/** Ships until it is stopped. */
export function shipLog(deps: ShipLogDeps): Shipping {
  const { dataDir, auditDir, lastSeq, runtimeConfig, clock, secrets, proxies, newFigures, tell } = deps;
  const progress = openProgress(dataDir);
  const shipping = createShipping({
    lastSeq,
    clock,
    progress,
    follow: (after) => followLog(auditDir, after),
    backoffMs: (failures) => fullJitter(failures, BACKOFF_MS, Math.random),
    tell,
  });
  const { instance } = progress;
  const carriersDeps = {
    instance,
    clock,
    secrets,
    proxies,
    newFigures: () => newFigures(shipping.states),
    tell,
  };
  runtimeConfig.follow(
    ({ settings }) => settings.shipping,
    (receivers) => shipping.use(createExporters(receivers, carriersDeps)),
  );
  return shipping;
}
