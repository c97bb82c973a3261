/** Counters and histograms, fed by the entries of the audit log; Prometheus text through prom-client. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import * as z from 'zod';
import type { AuditEntry } from '../../shared/audit.ts';
import { eventOf } from '../../shared/log-events.ts';
import { type Metric, metricSchema } from '../../shared/metric.ts';
import { addHealthGauges, type HealthGauges } from './health-gauges.ts';

/** Seconds; an agent notices from about a tenth on, and the total deadline is twenty. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];

export interface Metrics {
  observe(entry: AuditEntry): void;
  /** Prometheus text exposition format. */
  text(): Promise<string>;
  readonly contentType: string;
  /** The same, for those who write it down otherwise. */
  figures(): Promise<Metric[]>;
}

/** What is asked at each scrape. */
export interface Gauges extends HealthGauges {
  readonly webhooksWaiting: () => number;
  /** On the disk of the data folder; may throw. */
  readonly freeBytes: () => number;
}

export function createMetrics(gauges: Gauges): Metrics {
  const { webhooksWaiting, entriesToShip, freeBytes } = gauges;
  const registry = new Registry();
  const registers = [registry];
  const outcomes = new Counter({
    name: 'poptray_triggers_total',
    help: 'Triggers by how they ended.',
    labelNames: ['status', 'code'],
    registers,
  });
  const latency = new Histogram({
    name: 'poptray_pop_latency_seconds',
    help: 'From the receipt of a trigger to its delivery, whole and by phase.',
    labelNames: ['phase'],
    buckets: BUCKETS,
    registers,
  });
  const focus = new Counter({
    name: 'poptray_pop_focus_total',
    help: 'Delivered pops by whether the window got the focus.',
    labelNames: ['focused'],
    registers,
  });
  const attempts = new Counter({
    name: 'poptray_delivery_attempts_total',
    help: 'Attempts at the destination.',
    registers,
  });
  const deliveries = new Counter({
    name: 'poptray_deliveries_total',
    help: 'How pops ended at each destination.',
    labelNames: ['destination', 'status'],
    registers,
  });
  const webhooks = new Counter({
    name: 'poptray_webhooks_total',
    help: 'Webhook messages by how they ended.',
    labelNames: ['status'],
    registers,
  });
  new Gauge({
    name: 'poptray_webhooks_waiting',
    help: 'Webhook messages that wait for their next attempt.',
    registers,
    collect() {
      this.set(webhooksWaiting());
    },
  });
  new Gauge({
    name: 'poptray_shipping_waiting',
    help: 'Entries of the audit log that a receiver has not got yet.',
    labelNames: ['shipper'],
    registers,
    collect() {
      for (const { shipper, entries } of entriesToShip()) this.set({ shipper }, entries);
    },
  });
  addHealthGauges(registry, gauges);
  new Gauge({
    name: 'poptray_data_folder_free_bytes',
    help: 'Space that is left on the disk of the data folder.',
    registers,
    collect() {
      try {
        this.set(freeBytes());
      } catch {
        // What it was stays: a folder that cannot be asked is told of elsewhere.
      }
    },
  });
  const phases = (['total', 'queue', 'token', 'delivery'] as const).map(
    (phase) => [phase, latency.labels(phase)] as const,
  );

  return {
    observe(entry) {
      const event = eventOf(entry);
      if (event?.kind === 'webhook' && event.what === 'ended') webhooks.inc({ status: event.status });
      if (event?.kind === 'refused')
        outcomes.inc({ status: 'refused', code: event.code ?? '' }, event.folded ?? 1);
      // Pops that go to several have an entry for each.
      if ((event?.kind === 'delivery' || event?.kind === 'result') && event.destination !== null)
        deliveries.inc({ destination: event.destination, status: event.status });
      if (event?.kind !== 'result') return;
      outcomes.inc({ status: event.status, code: event.code ?? '' });
      if (event.attempts > 0) attempts.inc(event.attempts);
      if (event.status !== 'delivered' || event.phases === null) return;
      for (const [phase, histogram] of phases) {
        const ms = phase === 'total' ? (event.latencyMs ?? 0) : event.phases[phase];
        histogram.observe(ms / 1000);
      }
      focus.inc({ focused: String(event.windowFocused ?? 'unknown') });
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
    figures: async () => z.array(metricSchema).parse(await registry.getMetricsAsJSON()),
  };
}
