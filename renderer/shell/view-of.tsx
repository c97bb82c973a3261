/** The component of a view; those with charts, and the rarer ones, are loaded when they are opened. */
import type { FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { View } from '../data/address.ts';
import { Failure, Loading } from '../parts/states.tsx';
import { FirstRun } from '../views/first-run/first-run.tsx';
import { RecentPops } from '../views/recent/recent-pops.tsx';
import { TestPop } from '../views/test-pop/test-pop.tsx';

const present: Partial<Record<View, FunctionComponent>> = {
  start: FirstRun,
  pops: RecentPops,
  test: TestPop,
};

const later: Partial<Record<View, () => Promise<FunctionComponent>>> = {
  latency: () => import('../views/charts/latency.tsx').then((module) => module.Latency),
  focus: () => import('../views/charts/focus-success.tsx').then((module) => module.FocusSuccess),
  audit: () => import('../views/audit/audit-history.tsx').then((module) => module.AuditHistory),
  settings: () => import('../views/settings/settings.tsx').then((module) => module.SettingsView),
};

/** Shows it once its code is there. */
export function ViewOf({ view }: { view: View }) {
  const [component, setComponent] = useState<{ Body: FunctionComponent } | undefined>(() => {
    const Body = present[view];
    return Body && { Body };
  });
  const [round, setRound] = useState(0);
  const [isLost, setLost] = useState(false);

  // A new round tries again
  useEffect(() => {
    let isGone = false;
    later[view]?.().then(
      (Body) => !isGone && setComponent({ Body }),
      () => !isGone && setLost(true),
    );
    return () => {
      isGone = true;
    };
  }, [view, round]);

  if (component) return <component.Body />;
  if (!isLost) return <Loading />;
  return (
    <Failure
      failure={{ ok: false, code: 'unreachable' }}
      onRetry={() => {
        setLost(false);
        setRound(round + 1);
      }}
    />
  );
}
