/** Latency: over time, its distribution, and by phase. */
import { formatMs, formatShare } from '../../format.ts';
import { ChartView } from './chart-view.tsx';
import { Figures } from './figures.tsx';
import { Histogram } from './histogram.tsx';
import { LatencyOverTime } from './latency-over-time.tsx';
import { PhaseTable } from './phase-table.tsx';

const shares = { p50: 0.5, p95: 0.95, p99: 0.99 };

/** Only deliveries count. */
export function Latency() {
  return (
    <ChartView title="Latency" icon="latency">
      {(stats, range) => (
        <>
          <Figures
            figures={(['p50', 'p95', 'p99'] as const).map((name) => ({
              label: `${formatShare(shares[name])} within`,
              value: stats.total ? formatMs(stats.total[name]) : '–',
            }))}
          />
          <LatencyOverTime stats={stats} range={range} />
          <div class="two-columns">
            <Histogram bars={stats.histogram} />
            <PhaseTable phases={stats.phases} />
          </div>
        </>
      )}
    </ChartView>
  );
}
