/** Prometheus' figures in the shapes of OpenTelemetry's metrics. Loaded with the SDK, which holds the names of the shapes. */
import { type HrTime, ValueType } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
} from '@opentelemetry/sdk-metrics';
import type { Metric } from '../../shared/metric.ts';

type Labels = Metric['values'][number]['labels'];

/** All counts run from `startTime`; names and labels stay as they are. */
export function metricDataOf(
  { name, help, type, values }: Metric,
  startTime: HrTime,
  endTime: HrTime,
): MetricData {
  const base = {
    descriptor: {
      name,
      description: help,
      unit: name.endsWith('_seconds') ? 's' : '',
      valueType: ValueType.DOUBLE,
    },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  const point = <T>(labels: Labels, value: T): DataPoint<T> => {
    return { startTime, endTime, attributes: { ...labels }, value };
  };
  if (type === 'histogram') {
    const dataPoints = [...histogramsOf(name, values)].map(([labels, value]) => point(labels, value));
    return { ...base, dataPointType: DataPointType.HISTOGRAM, dataPoints };
  }
  const dataPoints = values.map(({ labels, value }) => point(labels, value));
  return type === 'counter'
    ? { ...base, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
    : { ...base, dataPointType: DataPointType.GAUGE, dataPoints };
}

/** Prometheus counts all up to a bound, OpenTelemetry those between two. */
function histogramsOf(name: string, values: Metric['values']): Map<Labels, Histogram> {
  const byLabels = Map.groupBy(values, ({ labels: { le: _, ...labels } }) => JSON.stringify(labels));
  const histograms = new Map<Labels, Histogram>();
  for (const [labels, parts] of byLabels) {
    const single = (suffix: string) =>
      parts.find(({ metricName }) => metricName === name + suffix)?.value ?? 0;
    const buckets = parts.filter(({ metricName }) => metricName === `${name}_bucket`);
    const boundaries = buckets.map(({ labels: { le } }) => Number(le)).filter(Number.isFinite);
    const counts = buckets.map(({ value }, index) => value - (buckets[index - 1]?.value ?? 0));
    histograms.set(JSON.parse(labels), {
      buckets: { boundaries, counts },
      sum: single('_sum'),
      count: single('_count'),
    });
  }
  return histograms;
}
