import { useMemo, useState } from 'preact/hooks';
import type { AlignedData } from 'uplot';
import { formatMs, formatWholeMs } from '../../format.ts';
import { bucketTime, tickTime } from './bucket-time.ts';
import { ChartCard } from './chart-card.tsx';
import { Legend } from './legend.tsx';
import { axis, lonelyPoints, Plot } from './plot.tsx';
import type { RangeName } from './ranges.tsx';
import { type Stats, secondsOf } from './use-stats.ts';

const lines = [
  { name: 'p50', token: 'accent', dash: [], width: 2 },
  { name: 'p95', token: 'warn', dash: [8, 4], width: 1.5 },
  { name: 'p99', token: 'bad', dash: [2, 3], width: 1.5 },
] as const;

/** p50, p95 and p99 of each bucket; a gap where nothing was delivered. */
export function LatencyOverTime({ stats: { buckets, total }, range }: { stats: Stats; range: RangeName }) {
  const [index, setIndex] = useState<number | null>(null);
  const data = useMemo<AlignedData>(
    () =>
      [
        secondsOf(buckets),
        ...lines.map(({ name }) => buckets.map(({ latency }) => latency?.[name] ?? null)),
      ] as AlignedData,
    [buckets],
  );
  const hovered = index === null ? undefined : buckets[index];
  const shown = hovered ? hovered.latency : total;
  const text = (ms: number | undefined) => (ms === undefined ? '–' : formatMs(ms));
  return (
    <ChartCard
      title="Over time"
      columns={['Time', 'p50', 'p95', 'p99', 'Delivered']}
      rows={buckets
        .filter(({ delivered }) => delivered > 0)
        .map(({ at, latency, delivered }) => [
          bucketTime(at, range),
          text(latency?.p50),
          text(latency?.p95),
          text(latency?.p99),
          String(delivered),
        ])
        .reverse()}
    >
      <Legend
        items={lines.map(({ name, token, dash }) => ({
          label: name,
          swatch: token,
          dash: dash.join(' '),
          value: text(shown?.[name]),
        }))}
        at={hovered ? bucketTime(hovered.at, range) : 'whole range'}
      />
      <Plot
        key={range}
        label={`Latency over time: p50 ${text(total?.p50)}, p95 ${text(total?.p95)}, p99 ${text(total?.p99)} over the whole range. The table below has the numbers.`}
        data={data}
        onHover={setIndex}
        options={(colors) => ({
          scales: { y: { range: (_, __, max) => [0, max * 1.1 || 1] } },
          axes: [
            axis(colors, (_, ticks) => ticks.map((tick) => tickTime(tick, range)), true),
            axis(colors, (_, ticks) => ticks.map(formatWholeMs)),
          ],
          series: [
            {},
            ...lines.map(({ token, dash, width }) => ({
              stroke: colors.of(token),
              width,
              dash: [...dash],
              points: lonelyPoints,
            })),
          ],
        })}
      />
    </ChartCard>
  );
}
