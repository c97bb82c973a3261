/** What is known of whether the applications' pages may be framed, by whatever frames them: looked at in the background, kept for a while. */

import { isDeepStrictEqual } from 'node:util';
import { type Application, pageOf } from '../../shared/application.ts';
import type { FramingState } from '../../shared/framing.ts';
import { destinationsOf } from '../../shared/settings.ts';
import type { Clock, FramingCheck, FramingRefusal } from '../pipeline/ports.ts';
import type { TargetVerdict } from '../policy/target-verdict.ts';
import { type Framing, framingAt, framingSettingsOf, framingsOf, type PageSettings } from './framings.ts';
import type { Target } from './page-probe.ts';

/** A pop waits no longer than this for a first verdict, in milliseconds. */
const WAIT_MS = 2000;
const NOT_YET: TargetVerdict = {
  verdict: 'unknown',
  rule: 'not-yet-known',
  detail: 'nobody has looked at the page yet',
  advice: null,
};
/** A page that could not be looked at is left alone for this long, in milliseconds. */
const RETRY_MS = 30_000;

export interface FramingMonitorDeps {
  readonly clock: Clock;
  /** Never rejects. */
  readonly judge: (target: Target, stopping: AbortSignal) => Promise<TargetVerdict>;
  /** Hears of a verdict that is another than before. */
  readonly onVerdict: (state: FramingState) => void;
}

export interface FramingMonitor {
  /** Watches these from now on; what is unchanged keeps its verdict. */
  use(settings: PageSettings): void;
  readonly check: FramingCheck;
  /**
   * One for each embedder at these destinations, by default the application's own; none where nothing is known to
   * frame it; undefined for an application that is not configured.
   */
  statesOf(application: string, destinations?: readonly string[]): FramingState[] | undefined;
  /** The same of the application's own after looks that begin now, or have just begun. */
  lookNow(application: string): Promise<FramingState[] | undefined>;
  stop(): void;
}

/** What is watched for an application. */
interface Watch {
  readonly page: string;
  /** Where its pops go, unless a trigger names other destinations: looked at in the background. */
  readonly own: readonly string[];
  /** One for each embedder: several destinations may share it. */
  readonly byDestination: ReadonlyMap<string, Watched>;
  /** Destinations where the page is not to be shown unseen, and nobody knows what would frame it. */
  readonly unknown: ReadonlySet<string>;
}

interface Watched {
  readonly application: Application;
  readonly page: string;
  readonly framing: Framing;
  readonly key: string;
  /** The last verdict that was no "unknown", and when it was made. */
  known?: { readonly verdict: TargetVerdict; readonly at: number };
  /** The last look. */
  latest?: { readonly verdict: TargetVerdict; readonly at: number; readonly wall: number };
  looking?: Promise<void> | undefined;
  cancel?: () => void;
}

export function createFramingMonitor({ clock, judge, onVerdict }: FramingMonitorDeps): FramingMonitor {
  const stopping = new AbortController();
  /** By application. */
  let all: ReadonlyMap<string, Watch> = new Map();

  function use(settings: PageSettings): void {
    const before = all;
    all = new Map(
      settings.applications.map((application) => [
        application.id,
        watchOf(application, settings, watchedBy(before.get(application.id))),
      ]),
    );
    for (const watched of [...before.values()].flatMap((watch) => watchedBy(watch)))
      if (!isWatched(watched)) watched.cancel?.();
    for (const watched of [...all.values()].flatMap((watch) => watchedBy(watch, watch.own))) {
      if (watched.framing.mode !== 'off' && !watched.latest) void lookAt(watched);
    }
  }

  const isWatched = (watched: Watched) => watchedBy(all.get(watched.application.id)).includes(watched);

  /** One look at a time for each page. */
  function lookAt(watched: Watched): Promise<void> {
    watched.looking ??= look(watched).finally(() => {
      watched.looking = undefined;
    });
    return watched.looking;
  }

  async function look(watched: Watched): Promise<void> {
    const { application, page, framing } = watched;
    watched.cancel?.();
    const { allowedOrigins: origins } = application;
    const verdict = await judge({ page, origins, ...framing }, stopping.signal);
    if (stopping.signal.aborted) return;
    const isNews = !isDeepStrictEqual(watched.latest?.verdict, verdict);
    const at = clock.uptime();
    watched.latest = { verdict, at, wall: clock.now() };
    if (verdict.verdict !== 'unknown') watched.known = { verdict, at };
    if (!isWatched(watched)) return;
    if (framing.mode !== 'off') {
      const againMs = verdict.verdict === 'unknown' ? RETRY_MS : framing.keepForMs / 2;
      watched.cancel = clock.after(againMs, () => void lookAt(watched));
    }
    if (isNews) onVerdict(stateFor(watched));
  }

  /** The verdict that counts now, if there is one. */
  function verdictOf({ known, latest, framing }: Watched): TargetVerdict | undefined {
    const now = clock.uptime();
    if (known && now - known.at < framing.keepForMs) return known.verdict;
    return latest && now - latest.at < RETRY_MS ? latest.verdict : undefined;
  }

  async function waitFor(watched: Watched): Promise<FramingRefusal | undefined> {
    let cancel = () => {};
    const enough = new Promise<void>((resolve) => {
      cancel = clock.after(WAIT_MS, resolve);
    });
    await Promise.race([lookAt(watched), enough]);
    cancel();
    return refusalOf(verdictOf(watched) ?? NOT_YET, watched);
  }

  /** Says nothing of what the page answered, since a caller of the endpoint gets to read it. */
  function refusalOf(
    { verdict, rule }: TargetVerdict,
    { page, framing }: Watched,
  ): FramingRefusal | undefined {
    if (verdict === 'allowed') return undefined;
    const what = verdict === 'blocked' ? 'may not be shown in' : 'is not known to be allowed in';
    return { rule, detail: `${new URL(page).origin} ${what} a frame of ${framing.embedder}` };
  }

  function stateFor(watched: Watched, among?: readonly string[]): FramingState {
    const { application, page, framing, latest } = watched;
    const { mode, embedder } = framing;
    const verdict = verdictOf(watched) ?? latest?.verdict ?? NOT_YET;
    const shared = [...(all.get(application.id)?.byDestination ?? [])].filter(([, one]) => one === watched);
    const destinations = shared.map(([id]) => id).filter((id) => among?.includes(id) ?? true);
    return {
      application: application.id,
      page,
      mode,
      embedder,
      destinations,
      ...verdict,
      lookedAt: latest?.wall ?? null,
    };
  }

  function statesOf(id: string, destinations = all.get(id)?.own): FramingState[] | undefined {
    const watch = all.get(id);
    return watch && watchedBy(watch, destinations).map((watched) => stateFor(watched, destinations));
  }

  return {
    use,
    check({ id }, destination) {
      const watch = all.get(id);
      if (watch?.unknown.has(destination)) return unknownEmbedder(watch.page);
      const watched = watch?.byDestination.get(destination);
      if (watched?.framing.mode !== 'enforce') return undefined;
      const verdict = verdictOf(watched);
      return verdict ? refusalOf(verdict, watched) : waitFor(watched);
    },
    statesOf,
    async lookNow(id) {
      const watch = all.get(id);
      await Promise.all(watchedBy(watch, watch?.own).map(lookAt));
      return statesOf(id);
    },
    stop() {
      stopping.abort();
      for (const { cancel } of [...all.values()].flatMap((watch) => watchedBy(watch))) cancel?.();
    },
  };
}

function unknownEmbedder(page: string): FramingRefusal {
  const { origin } = new URL(page);
  return { rule: 'embedder-unknown', detail: `nobody has said what would frame ${origin} there` };
}

/** Each once; without `destinations` at all of them. */
function watchedBy(
  watch: Watch | undefined,
  destinations: readonly string[] = [...(watch?.byDestination.keys() ?? [])],
): Watched[] {
  return [...new Set(destinations.flatMap((id) => watch?.byDestination.get(id) ?? []))];
}

/** What is unchanged goes on as it was. */
function watchOf(application: Application, settings: PageSettings, before: readonly Watched[]): Watch {
  const page = pageOf(application);
  const place = { ...application, page };
  const byEmbedder = new Map<string, Watched>();
  const watched = (framing: Framing): Watched => {
    const key = JSON.stringify([page, application.allowedOrigins, framing]);
    const one = byEmbedder.get(framing.embedder) ??
      before.find((earlier) => earlier.key === key) ?? { application, page, framing, key };
    byEmbedder.set(framing.embedder, one);
    return one;
  };
  // As strict as the application's own destinations are, also where a trigger names another one of that embedder.
  for (const { framing } of framingsOf(place, settings)) watched(framing);
  const { destinations } = settings;
  return {
    page,
    own: destinationsOf(application, settings).map(({ id }) => id),
    byDestination: new Map(
      destinations.flatMap((one) => {
        const framing = framingAt(place, one);
        return framing ? [[one.id, watched(framing)] as const] : [];
      }),
    ),
    unknown: new Set(
      destinations.flatMap((one) => {
        const isWanted = framingSettingsOf(place, one).mode === 'enforce';
        return isWanted && framingAt(place, one) === undefined ? [one.id] : [];
      }),
    ),
  };
}
