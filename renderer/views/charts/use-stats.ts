/** The statistics of a range that ends now, renewed while it is looked at. */
import { useEffect, useState } from 'preact/hooks';
import type { ApiResponse } from '../../../shared/api.ts';
import { useStore } from '../../data/store.ts';
import { type Answer, useAnswer } from '../../data/use-answer.ts';
import { type RangeName, ranges } from './ranges.tsx';

/** At most this often, however many pops come, in milliseconds. */
const RENEW_MS = 5000;
/** Without pops, time alone moves the range on. */
const IDLE_MS = 60_000;

export type Stats = ApiResponse<'stats'>;
export type Bucket = Stats['buckets'][number];

/** The end is rounded up to a bucket, so that the buckets stand still from one renewal to the next. */
export function useStats(range: RangeName): Answer<Stats> {
  const store = useStore();
  const [now, setNow] = useState(Date.now);
  const { ms, buckets } = ranges[range];
  const width = ms / buckets;
  const to = Math.ceil(now / width) * width;
  const answer = useAnswer('stats', { from: to - ms, to, buckets });

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const renew = () => {
      timer = undefined;
      setNow(Date.now());
      answer.reload();
    };
    const unsubscribe = store.onEntry(({ type }) => {
      if (type === 'result') timer ??= setTimeout(renew, RENEW_MS);
    });
    const idle = setInterval(renew, IDLE_MS);
    return () => {
      clearTimeout(timer);
      clearInterval(idle);
      unsubscribe();
    };
  }, [store]);
  return answer;
}

/** Bucket times for uPlot, which counts in seconds. */
export function secondsOf(buckets: readonly Bucket[]): number[] {
  return buckets.map(({ at }) => at / 1000);
}
