/** Counters and histograms, fed by the entries of the audit log; Prometheus text through prom-client. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import * as z from 'zod';
import packageJson from '../../package.json' with { type: 'json' };
import type { AuditEntry } from '../../shared/audit.ts';
import { type Figure, figureSchema } from '../../shared/figure.ts';
import type { Unready } from '../../shared/readiness.ts';

/** Seconds; an agent notices from about a tenth on, and the total deadline is twenty. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];

export interface Metrics {
  observe(entry: AuditEntry): void;
  /** Prometheus text exposition format. */
  text(): Promise<string>;
  readonly contentType: string;
  /** The same, for those who write it down otherwise. */
  figures(): Promise<Figure[]>;
}

/** What is asked at each scrape. */
export interface Gauges {
  readonly webhooksWaiting: () => number;
  readonly entriesToShip: () => readonly { shipper: string; entries: number; failure: string | null }[];
  /** What keeps pops from being delivered. */
  readonly unready: () => readonly Unready[];
  /** All webhooks, and whether their receivers refuse messages or are out of reach. */
  readonly webhooks: () => readonly { webhook: string; isRefusing: boolean }[];
}

export function createMetrics(gauges: Gauges): Metrics {
  const { webhooksWaiting, entriesToShip } = gauges;
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
  addHealth(registry, gauges);
  const phases = (['total', 'queue', 'token', 'delivery'] as const).map(
    (phase) => [phase, latency.labels(phase)] as const,
  );

  return {
    observe(entry) {
      const { type, status, code } = entry;
      if (type === 'webhook' && status !== null) webhooks.inc({ status });
      if (type !== 'result' && type !== 'refused') return;
      outcomes.inc({ status: status ?? 'unknown', code: code ?? '' });
      if (entry.attempts > 0) attempts.inc(entry.attempts);
      if (status !== 'delivered' || entry.phases === null) return;
      for (const [phase, histogram] of phases) {
        const ms = phase === 'total' ? (entry.latencyMs ?? 0) : entry.phases[phase];
        histogram.observe(ms / 1000);
      }
      focus.inc({ focused: entry.focusTracked ? String(entry.windowFocused) : 'unknown' });
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
    figures: async () => z.array(figureSchema).parse(await registry.getMetricsAsJSON()),
  };
}

/** What an alarm hangs on: is it there, which one, and could it deliver. */
function addHealth(registry: Registry, { unready, webhooks, entriesToShip }: Gauges): void {
  const registers = [registry];
  const { version, platform } = process;
  new Gauge({
    name: 'poptray_build_info',
    help: 'Always 1; which poptray this is, and on what it runs.',
    labelNames: ['version', 'node', 'platform'],
    registers,
  }).set({ version: packageJson.version, node: version, platform }, 1);
  const state = (name: string, help: string, isSo: (codes: readonly Unready[]) => boolean) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(Number(isSo(unready())));
      },
    });
  state('poptray_ready', '1 while a pop could be delivered.', (codes) => codes.length === 0);
  state(
    'poptray_audit_open',
    '1 while the audit log can be written.',
    (codes) => !codes.includes('audit_unavailable'),
  );
  state('poptray_keychain_locked', '1 while secrets cannot be read.', (codes) =>
    codes.includes('secrets_locked'),
  );
  state(
    'poptray_destination_configured',
    '0 while the destination lacks settings or secrets.',
    (codes) => !codes.includes('not_configured'),
  );
  new Gauge({
    name: 'poptray_webhook_refusing',
    help: '1 while a webhook has messages that its receiver would not take or could not be given.',
    labelNames: ['webhook'],
    registers,
    collect() {
      this.reset();
      for (const { webhook, isRefusing } of webhooks()) this.set({ webhook }, Number(isRefusing));
    },
  });
  new Gauge({
    name: 'poptray_receiver_behind',
    help: '1 while a receiver of the audit log does not take it.',
    labelNames: ['shipper'],
    registers,
    collect() {
      this.reset();
      for (const { shipper, failure } of entriesToShip()) this.set({ shipper }, Number(failure !== null));
    },
  });
}
