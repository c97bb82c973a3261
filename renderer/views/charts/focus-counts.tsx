import { useMemo, useState } from 'preact/hooks';
import UPlot, { type AlignedData } from 'uplot';
import { formatCount } from '../../format.ts';
import { bucketTime, tickTime } from './bucket-time.ts';
import { ChartCard } from './chart-card.tsx';
import { Legend } from './legend.tsx';
import { axis, Plot } from './plot.tsx';
import type { RangeName } from './ranges.tsx';
import { type Bucket, secondsOf } from './use-stats.ts';

/** From the top of the stack to its foot, as they are drawn one over the other. */
const parts = [
  { name: 'unknown', label: 'Not reported', token: 'phase-queue' },
  { name: 'no', label: 'In background', token: 'warn' },
  { name: 'yes', label: 'Focused', token: 'accent' },
] as const;

/** Each bucket's deliveries: focused, in background, not reported. */
export function FocusCounts({ buckets, range }: { buckets: readonly Bucket[]; range: RangeName }) {
  const [index, setIndex] = useState<number | null>(null);
  const data = useMemo<AlignedData>(
    () => [
      secondsOf(buckets),
      buckets.map(({ focus }) => focus.yes + focus.no + focus.unknown),
      buckets.map(({ focus }) => focus.yes + focus.no),
      buckets.map(({ focus }) => focus.yes),
    ],
    [buckets],
  );
  const hovered = index === null ? undefined : buckets[index];
  return (
    <ChartCard
      title="Deliveries"
      columns={['Time', 'Focused', 'In background', 'Not reported']}
      rows={buckets
        .filter(({ delivered }) => delivered > 0)
        .map(({ at, focus }) => [
          bucketTime(at, range),
          ...[focus.yes, focus.no, focus.unknown].map(formatCount),
        ])
        .reverse()}
    >
      <Legend
        items={[...parts].reverse().map(({ name, label, token }) => ({
          label,
          swatch: token,
          value: hovered && formatCount(hovered.focus[name]),
        }))}
        at={hovered && bucketTime(hovered.at, range)}
      />
      <Plot
        key={range}
        label="Deliveries over time by focus. The table below has the numbers."
        data={data}
        height={200}
        onHover={setIndex}
        options={(colors) => ({
          scales: { y: { range: (_, __, max) => [0, max * 1.1 || 1] } },
          axes: [
            axis(colors, (_, ticks) => ticks.map((tick) => tickTime(tick, range)), true),
            axis(colors, (_, ticks) =>
              ticks.map((tick) => (Number.isInteger(tick) ? formatCount(tick) : '')),
            ),
          ],
          series: [
            {},
            ...parts.map(({ token }) => ({
              fill: colors.of(token),
              width: 0,
              ...(UPlot.paths.bars && { paths: UPlot.paths.bars({ size: [0.8, 32] }) }),
              points: { show: false },
            })),
          ],
        })}
      />
    </ChartCard>
  );
}
