import { useMemo, useState } from 'preact/hooks';
import UPlot, { type AlignedData } from 'uplot';
import { formatCount, formatWholeMs } from '../../format.ts';
import { ChartCard } from './chart-card.tsx';
import { axis, Plot } from './plot.tsx';
import type { Stats } from './use-stats.ts';

/** How many pops took how long. */
export function Histogram({ bars }: { bars: Stats['histogram'] }) {
  const [index, setIndex] = useState<number | null>(null);
  const data = useMemo<AlignedData>(() => [bars.map((_, at) => at), bars.map(({ count }) => count)], [bars]);
  const label = (at: number) => {
    const bar = bars[at];
    // The last bar has no upper end that says anything.
    return bar ? (Number.isFinite(bar.upToMs) ? `≤ ${formatWholeMs(bar.upToMs)}` : 'longer') : '';
  };
  const hovered = index === null ? undefined : bars[index];
  const most = bars.reduce((best, bar, at) => (bar.count > (bars[best]?.count ?? 0) ? at : best), 0);
  return (
    <ChartCard
      title="Distribution"
      columns={['Latency', 'Pops']}
      rows={bars.map(({ count }, at) => [label(at), formatCount(count)])}
    >
      <p class="muted legend">
        {hovered && index !== null
          ? `${label(index)}: ${formatCount(hovered.count)} pops`
          : `Most pops: ${label(most)}`}
      </p>
      <Plot
        label={`Distribution of the latency: most pops took ${label(most)}. The table below has the numbers.`}
        data={data}
        height={200}
        onHover={setIndex}
        options={(colors) => ({
          scales: {
            x: { time: false, range: [-0.6, bars.length - 0.4] },
            y: { range: (_, __, max) => [0, max * 1.1 || 1] },
          },
          axes: [
            {
              ...axis(
                colors,
                (_, ticks) => ticks.map((at) => (Number.isInteger(at) ? label(at).replace(/^≤ /, '') : '')),
                true,
              ),
              space: 56,
            },
            axis(colors, (_, ticks) =>
              ticks.map((tick) => (Number.isInteger(tick) ? formatCount(tick) : '')),
            ),
          ],
          series: [
            {},
            {
              fill: colors.of('accent'),
              width: 0,
              ...(UPlot.paths.bars && { paths: UPlot.paths.bars({ size: [0.8, 48], radius: 0.1 }) }),
              points: { show: false },
            },
          ],
        })}
      />
    </ChartCard>
  );
}
