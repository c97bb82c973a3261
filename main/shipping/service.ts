/** The log on its way to the receivers that the settings name. */
import { sayCause } from '../../shared/causes.ts';
import type { Settings, ShipperSettings } from '../../shared/settings.ts';
import type { Why } from '../../shared/trouble.ts';
import { followLog } from '../audit/read/follow.ts';
import { networkCause } from '../network/network-cause.ts';
import type { Troubles } from '../observability/troubles.ts';
import { fullJitter } from '../pipeline/retry-schedule.ts';
import type { Observable } from '../platform/observable.ts';
import { createExporters, type ExportersDeps, shipperNames } from './exporters.ts';
import { openProgress } from './progress.ts';
import { createShipping, type Shipping } from './shipping.ts';
import type { ShippingFailure } from './shipping-failure.ts';

/** The base of the backoff while a receiver is away, in milliseconds. */
const BACKOFF_MS = 1000;

export interface ShipLogDeps extends Omit<ExportersDeps, 'instance' | 'newFigures'> {
  readonly troubles: Pick<Troubles, 'report' | 'keepOnly'>;
  readonly dataDir: string;
  readonly auditDir: string;
  /** The number of the log's last entry now. */
  readonly lastSeq: number;
  /** Of the settings. */
  readonly receivers: Observable<Settings['shipping']>;
  /** Figures that start at nothing; they count what waits to be shipped as well. */
  readonly newFigures: (entriesToShip: Shipping['states']) => ReturnType<ExportersDeps['newFigures']>;
}

/** Ships until it is stopped. */
export function shipLog(deps: ShipLogDeps): Shipping {
  const { dataDir, auditDir, lastSeq, receivers, clock, secrets, proxies, newFigures, troubles, tell } = deps;
  const progress = openProgress(dataDir);
  let hosts: ReadonlyMap<string, string> = new Map();
  const shipping = createShipping({
    lastSeq,
    clock,
    progress,
    follow: (after) => followLog(auditDir, after),
    backoffMs: (failures) => fullJitter(failures, BACKOFF_MS, Math.random),
    report: (shipper, failure) =>
      troubles.report('receiver', shipper, failure && whyOf(failure, hosts.get(shipper))),
    tell,
  });
  const { instance } = progress;
  const exportersDeps = {
    instance,
    clock,
    secrets,
    proxies,
    newFigures: () => newFigures(shipping.states),
    tell,
  };
  receivers.subscribe((now) => {
    const exporters = createExporters(now, exportersDeps);
    hosts = new Map(now.flatMap((one) => shipperNames(one).map((name) => [name, receiverHost(one)])));
    troubles.keepOnly('receiver', exporters.keys());
    shipping.use(exporters);
  });
  return shipping;
}

function receiverHost(receiver: ShipperSettings): string {
  return receiver.kind === 'otlp' ? new URL(receiver.url).host : `${receiver.host}:${receiver.port}`;
}

/** What the network or a certificate is at fault for has the words of the table; else the receiver has said no, or a file or a secret is not there. */
function whyOf(failure: ShippingFailure, host = 'the receiver'): Why {
  const { code } = failure;
  const because = networkCause(failure, { host });
  if (because.code !== 'not_understood') return { code: because.code, why: sayCause(because) };
  return {
    code,
    why: `its receiver does not take the log (${code}); docs/shipping.md says what the code means and what to do`,
  };
}
