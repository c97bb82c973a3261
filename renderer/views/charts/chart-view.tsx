/** What both chart views have around their charts: heading, range, and the states before there is anything to draw. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { hrefOf } from '../../data/address.ts';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { type RangeName, RangePicker } from './ranges.tsx';
import { type Stats, useStats } from './use-stats.ts';

interface Props {
  readonly title: string;
  readonly icon: 'latency' | 'focus';
  readonly children: (stats: Stats, range: RangeName) => ComponentChildren;
}

/** Begins with the last 24 hours. */
export function ChartView({ title, icon, children }: Props) {
  const [range, setRange] = useState<RangeName>('day');
  const stats = useStats(range);
  const isEmpty = stats.value?.buckets.every(({ delivered }) => delivered === 0);
  return (
    <>
      <div class="view-head">
        <h1>{title}</h1>
        <div class="view-actions">
          <RangePicker range={range} onChange={setRange} />
        </div>
      </div>
      {!stats.value ? (
        stats.failure ? (
          <Failure failure={stats.failure} onRetry={stats.reload} />
        ) : (
          <Loading rows={8} />
        )
      ) : isEmpty ? (
        <Empty icon={icon} title="Nothing was delivered in this range">
          <p>Choose a longer one, or send a pop.</p>
          <a class="button" href={hrefOf('test')}>
            Send a test pop
          </a>
        </Empty>
      ) : (
        <div class="stack">{children(stats.value, range)}</div>
      )}
    </>
  );
}
