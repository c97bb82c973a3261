/** Sends the log on to all receivers that the settings name, each at its own pace. */
import type { AuditEntry } from '../../shared/audit.ts';
import { type Exporter, type Shipper, type ShipperDeps, startShipper } from './shipper.ts';

export interface ShipperState {
  readonly shipper: string;
  /** How many entries its receiver has not got yet. */
  readonly entries: number;
  /** Why the receiver does not take them, if it does not. */
  readonly failure: string | null;
  /** ISO 8601: when the failures began; without any, when something was last taken. */
  readonly at: string | null;
}

export interface Shipping {
  /** Ships by these from now on, by name; what was under way gets time to end. */
  use(exporters: ReadonlyMap<string, Exporter>): void;
  /** Learns of an entry of the log. */
  offer(entry: AuditEntry): void;
  states(): ShipperState[];
  /** The first entry that some receiver has not got yet; Infinity without receivers. */
  firstUnshipped(): number;
  stop(): Promise<void>;
}

export interface ShippingDeps extends ShipperDeps {
  /** The number of the log's last entry now. */
  readonly lastSeq: number;
}

export function createShipping({ lastSeq, ...deps }: ShippingDeps): Shipping {
  let names: string[] = [];
  let shippers: Shipper[] = [];
  let changing: Promise<void> = Promise.resolve();
  let last = lastSeq;
  const seqOf = (shipper: string) => deps.progress.placeOf(shipper).seq;

  // One after the other, so that no two ship to one receiver.
  function change(exporters: ReadonlyMap<string, Exporter>): Promise<void> {
    names = [...exporters.keys()];
    changing = changing.then(async () => {
      await Promise.all(shippers.map((shipper) => shipper.stop()));
      shippers = [...exporters].map(([name, exporter]) => startShipper(name, exporter, deps));
    });
    return changing;
  }

  return {
    use: (exporters) => void change(exporters),
    offer({ seq }) {
      last = seq;
      for (const shipper of shippers) shipper.wake();
    },
    states() {
      return names.map((shipper) => {
        const { seq, failure, at } = deps.progress.placeOf(shipper);
        return { shipper, entries: Math.max(0, last - seq), failure, at };
      });
    },
    firstUnshipped: () => Math.min(...names.map(seqOf)) + 1,
    stop: () => change(new Map()),
  };
}
