import { useMemo, useState } from 'preact/hooks';
import type { AlignedData } from 'uplot';
import { formatShare } from '../../format.ts';
import { bucketTime, tickTime } from './bucket-time.ts';
import { ChartCard } from './chart-card.tsx';
import { Legend } from './legend.tsx';
import { axis, lonelyPoints, Plot } from './plot.tsx';
import type { RangeName } from './ranges.tsx';
import { type Bucket, secondsOf } from './use-stats.ts';

/** undefined where no focus was reported. */
function rateOf({ focus: { yes, no } }: Bucket): number | undefined {
  return yes + no > 0 ? yes / (yes + no) : undefined;
}

/** The rate of each bucket; a gap where nothing was reported. */
export function FocusRate({ buckets, range }: { buckets: readonly Bucket[]; range: RangeName }) {
  const [index, setIndex] = useState<number | null>(null);
  const data = useMemo<AlignedData>(
    () => [secondsOf(buckets), buckets.map((bucket) => rateOf(bucket) ?? null)],
    [buckets],
  );
  const hovered = index === null ? undefined : buckets[index];
  const rate = hovered && rateOf(hovered);
  const known = buckets.filter((bucket) => rateOf(bucket) !== undefined);
  const lowest = Math.min(...known.map((bucket) => rateOf(bucket) ?? 1));
  return (
    <ChartCard
      title="Rate over time"
      note="Pops whose window came to the front, of those where the destination reported it."
      columns={['Time', 'Rate', 'Focused', 'In background', 'Not reported']}
      rows={buckets
        .filter(({ delivered }) => delivered > 0)
        .map((bucket) => {
          const own = rateOf(bucket);
          const { yes, no, unknown } = bucket.focus;
          return [
            bucketTime(bucket.at, range),
            own === undefined ? '–' : formatShare(own),
            String(yes),
            String(no),
            String(unknown),
          ];
        })
        .reverse()}
    >
      <Legend
        items={[
          {
            label: 'Focus success',
            swatch: 'accent',
            dash: '',
            value: hovered ? (rate === undefined ? '–' : formatShare(rate)) : undefined,
          },
        ]}
        at={hovered && bucketTime(hovered.at, range)}
      />
      <Plot
        key={range}
        label={`Focus success over time; the lowest was ${formatShare(lowest)}. The table below has the numbers.`}
        data={data}
        height={200}
        onHover={setIndex}
        options={(colors) => ({
          scales: { y: { range: [0, 1.02] } },
          axes: [
            axis(colors, (_, ticks) => ticks.map((tick) => tickTime(tick, range)), true),
            { ...axis(colors, (_, ticks) => ticks.map(formatShare)), splits: [0, 0.25, 0.5, 0.75, 1] },
          ],
          series: [{}, { stroke: colors.of('accent'), width: 2, points: lonelyPoints }],
        })}
      />
    </ChartCard>
  );
}
