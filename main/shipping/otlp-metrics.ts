/** The figures of /metrics on their way to OpenTelemetry, counted from where the receiver left off. */
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { AuditEntry } from '../../shared/audit.ts';
import type { Metric } from '../../shared/metric.ts';
import type { Clock } from '../pipeline/ports.ts';
import { createOtlpSender, hrTime, type OtlpReceiver } from './otlp.ts';
import type { Exporter, Origin } from './shipper.ts';

/** The SDK's own default. */
const EVERY_MS = 60_000;

/** A set of figures that starts at nothing. */
export interface Figures {
  observe(entry: AuditEntry): void;
  figures(): Promise<readonly Metric[]>;
}

/**
 * Counts the entries that the shipper loads, so nothing is lost while the receiver is away, over restarts too:
 * what it has not got is counted again by the next start, as a new series.
 */
export function createOtlpMetrics(
  receiver: OtlpReceiver,
  origin: Origin,
  counted: Figures,
  clock: Pick<Clock, 'now'>,
): Exporter {
  const scope = { name: 'poptray', version: origin.version };
  let since: number | undefined;
  const sender = createOtlpSender<ResourceMetrics>(receiver, '/v1/metrics', origin, async (config) => {
    const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-proto');
    return new OTLPMetricExporter(config);
  });

  return {
    everyMs: EVERY_MS,
    most: Number.POSITIVE_INFINITY,
    // Gauges change without entries, and who watches wants to see that we live.
    isPeriodic: true,
    load(entries) {
      for (const entry of entries) {
        since ??= Date.parse(entry.timestamp);
        counted.observe(entry);
      }
    },
    async deliver(stopping) {
      const { metricDataOf } = await import('./metric-data.ts');
      const now = clock.now();
      since = Math.min(since ?? now, now);
      const [start, end] = [hrTime(since), hrTime(now)];
      const metrics = (await counted.figures()).map((figure) => metricDataOf(figure, start, end));
      await sender.send((resource) => ({ resource, scopeMetrics: [{ scope, metrics }] }), stopping);
    },
  };
}
