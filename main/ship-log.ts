/** The log on its way to the receivers that the settings name. */
import { followLog } from './audit/follow.ts';
import { type CarriersDeps, createCarriers } from './carriers.ts';
import { fullJitter } from './pipeline/retry-schedule.ts';
import type { Setup } from './setup.ts';
import { openProgress } from './shipping/progress.ts';
import { createShipping, type Shipping } from './shipping/shipping.ts';
import { sayShippingFailure } from './shipping/shipping-failure.ts';
import type { Troubles } from './troubles.ts';

/** The base of the backoff while a receiver is away, in milliseconds. */
const BACKOFF_MS = 1000;

export interface ShipLogDeps extends Omit<CarriersDeps, 'instance' | 'newFigures'> {
  readonly troubles: Pick<Troubles, 'report' | 'keepOnly'>;
  readonly dataDir: string;
  readonly auditDir: string;
  /** The number of the log's last entry now. */
  readonly lastSeq: number;
  readonly setup: Pick<Setup, 'follow'>;
  /** Figures that start at nothing; they count what waits to be shipped as well. */
  readonly newFigures: (entriesToShip: Shipping['states']) => ReturnType<CarriersDeps['newFigures']>;
}

/** Ships until it is stopped. */
export function shipLog(deps: ShipLogDeps): Shipping {
  const { dataDir, auditDir, lastSeq, setup, clock, secrets, proxies, newFigures, troubles, tell } = deps;
  const progress = openProgress(dataDir);
  const shipping = createShipping({
    lastSeq,
    clock,
    progress,
    follow: (after) => followLog(auditDir, after),
    backoffMs: (failures) => fullJitter(failures, BACKOFF_MS, Math.random),
    report: (shipper, code) =>
      troubles.report('receiver', shipper, code === null ? null : { code, why: sayShippingFailure(code) }),
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
  setup.follow(
    ({ settings }) => settings.shipping,
    (receivers) => {
      const carriers = createCarriers(receivers, carriersDeps);
      troubles.keepOnly('receiver', carriers.keys());
      shipping.use(carriers);
    },
  );
  return shipping;
}
