/** What is known of whether the applications' pages may be framed: looked at in the background, kept for a while. */

import { isDeepStrictEqual } from 'node:util';
import { type Application, pageOf } from '../../shared/application.ts';
import { type DestinationConfig, formOf } from '../../shared/destinations/forms.ts';
import { type FramingSettings, type FramingState, framingSchema } from '../../shared/framing.ts';
import { destinationsOf, SAMPLE_APPLICATION, type Settings } from '../../shared/settings.ts';
import type { Clock, FramingCheck, FramingRefusal } from '../pipeline/ports.ts';
import type { TargetVerdict } from '../policy/target-verdict.ts';
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
  /** In the worst of its frames; undefined for an application that is not configured. */
  stateOf(application: string): FramingState | undefined;
  /** The same after a look that begins now, or has just begun. */
  lookNow(application: string): Promise<FramingState | undefined>;
  stop(): void;
}

/** The parts of the settings that say which pages are shown where. */
export type PageSettings = Pick<Settings, 'applications' | 'destinations'>;

export type Framing = FramingSettings & { readonly embedder: string };

const STRICTEST: readonly Framing['mode'][] = ['enforce', 'warn', 'off'];
const WORST: readonly TargetVerdict['verdict'][] = ['blocked', 'unknown', 'allowed'];

/** A page, and what its application says of it. */
type Page = Partial<Pick<Application, 'framing' | 'destinations'>> & { readonly page: string };

/** How a page is looked at: once for each origin that frames it. Never empty. */
export function framingsOf(page: Page, settings: Pick<Settings, 'destinations'>): Framing[] {
  const found = destinationsOf(page, settings).flatMap((one) => framingAt(page, one) ?? []);
  const strictest = STRICTEST.flatMap((mode) => found.filter((framing) => framing.mode === mode));
  const byEmbedder = Map.groupBy(strictest, ({ embedder }) => embedder);
  const framings = [...byEmbedder.values()].flatMap(([framing]) => framing ?? []);
  if (framings.length > 0) return framings;
  return [{ ...framingSchema.parse({ mode: 'off' }), embedder: new URL(page.page).origin }];
}

/** Undefined where nothing frames it, or nobody knows what; without settings of its own a made-up page or destination is left alone. */
function framingAt({ page, framing }: Page, destination: DestinationConfig): Framing | undefined {
  const isMadeUp = destination.kind === 'simulator' || page === SAMPLE_APPLICATION.baseUri;
  const settings = framing ?? framingSchema.parse({ mode: isMadeUp ? 'off' : 'warn' });
  const told = formOf(destination).embedder(destination);
  const embedder = told === null ? undefined : (settings.embedder ?? told);
  return embedder === undefined ? undefined : { ...settings, embedder };
}

/** What is watched for an application. */
interface Watch {
  /** Where its pops go, unless a trigger names other destinations: looked at in the background. */
  readonly own: readonly Watched[];
  readonly byDestination: ReadonlyMap<string, Watched>;
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
        watchOf(application, settings, everyOf(before.get(application.id))),
      ]),
    );
    for (const watched of [...before.values()].flatMap(everyOf)) if (!isWatched(watched)) watched.cancel?.();
    for (const watched of [...all.values()].flatMap(({ own }) => own)) {
      if (watched.framing.mode !== 'off' && !watched.latest) void lookAt(watched);
    }
  }

  const isWatched = (watched: Watched) => everyOf(all.get(watched.application.id)).includes(watched);

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
    const state = isNews && worstState(application.id);
    if (state) onVerdict(state);
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

  function stateFor(watched: Watched): FramingState {
    const { application, page, framing, latest } = watched;
    const { mode, embedder } = framing;
    const verdict = verdictOf(watched) ?? latest?.verdict ?? NOT_YET;
    return {
      application: application.id,
      page,
      mode,
      embedder,
      ...verdict,
      lookedAt: latest?.wall ?? null,
    };
  }

  function worstState(id: string): FramingState | undefined {
    const states = all.get(id)?.own.map(stateFor);
    return states?.toSorted((a, b) => WORST.indexOf(a.verdict) - WORST.indexOf(b.verdict))[0];
  }

  return {
    use,
    check({ id }, destination) {
      const watched = all.get(id)?.byDestination.get(destination);
      if (watched?.framing.mode !== 'enforce') return undefined;
      const verdict = verdictOf(watched);
      return verdict ? refusalOf(verdict, watched) : waitFor(watched);
    },
    stateOf: worstState,
    async lookNow(id) {
      await Promise.all(all.get(id)?.own.map(lookAt) ?? []);
      return worstState(id);
    },
    stop() {
      stopping.abort();
      for (const { cancel } of [...all.values()].flatMap(everyOf)) cancel?.();
    },
  };
}

function everyOf(watch: Watch | undefined): Watched[] {
  return watch ? [...watch.own, ...watch.byDestination.values()] : [];
}

/** What is unchanged goes on as it was. */
function watchOf(application: Application, settings: PageSettings, before: readonly Watched[]): Watch {
  const all = [...before];
  const page = pageOf(application);
  const watched = (framing: Framing): Watched => {
    const key = JSON.stringify([page, application.allowedOrigins, framing]);
    const known = all.find((one) => one.key === key);
    if (known) return known;
    const made = { application, page, framing, key };
    all.push(made);
    return made;
  };
  const byDestination = settings.destinations.flatMap((one) => {
    const framing = framingAt({ ...application, page }, one);
    return framing ? [[one.id, watched(framing)] as const] : [];
  });
  return {
    own: framingsOf({ ...application, page }, settings).map(watched),
    byDestination: new Map(byDestination),
  };
}
