/** Focus success: how often the window came to the front, with unknown kept apart from failed. */
import { formatCount, formatShare } from '../../format.ts';
import { ChartView } from './chart-view.tsx';
import { Figures } from './figures.tsx';
import { FocusCounts } from './focus-counts.tsx';
import { FocusRate } from './focus-rate.tsx';
import type { Bucket } from './use-stats.ts';

/** The sum over all buckets. */
function totalOf(buckets: readonly Bucket[]) {
  const total = { yes: 0, no: 0, unknown: 0 };
  for (const { focus } of buckets) {
    total.yes += focus.yes;
    total.no += focus.no;
    total.unknown += focus.unknown;
  }
  return total;
}

/** The rate is over those deliveries whose focus was reported. */
export function FocusSuccess() {
  return (
    <ChartView title="Focus success" icon="focus">
      {(stats, range) => {
        const { yes, no, unknown } = totalOf(stats.buckets);
        const delivered = yes + no + unknown;
        const share = (count: number) =>
          delivered > 0 ? `${formatShare(count / delivered)} of delivered` : '';
        return (
          <>
            <Figures
              figures={[
                {
                  label: 'Focus success',
                  value: yes + no > 0 ? formatShare(yes / (yes + no)) : '–',
                  note: 'where reported',
                },
                { label: 'Focused', value: formatCount(yes), note: share(yes) },
                { label: 'In background', value: formatCount(no), note: share(no) },
                { label: 'Not reported', value: formatCount(unknown), note: share(unknown) },
              ]}
            />
            <FocusRate buckets={stats.buckets} range={range} />
            <FocusCounts buckets={stats.buckets} range={range} />
          </>
        );
      }}
    </ChartView>
  );
}
