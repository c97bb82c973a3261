/** What is known of whether the applications' pages may be framed: looked at in the background, kept for a while. */

import { isDeepStrictEqual } from 'node:util';
import { type Application, pageOf } from '../../shared/application.ts';
import { formOf } from '../../shared/destinations/forms.ts';
import { type FramingSettings, type FramingState, framingSchema } from '../../shared/framing.ts';
import { SAMPLE_APPLICATION, type Settings } from '../../shared/settings.ts';
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
  use(settings: Pick<Settings, 'applications' | 'destination'>): void;
  readonly check: FramingCheck;
  /** Undefined for an application that is not configured. */
  stateOf(application: string): FramingState | undefined;
  /** The same after a look that begins now, or has just begun. */
  lookNow(application: string): Promise<FramingState | undefined>;
  stop(): void;
}

/** How an application is looked at; without settings of its own a made-up page or destination is left alone. */
export function framingOf(
  { page, framing }: { readonly page: string; readonly framing?: Application['framing'] },
  destination: Settings['destination'],
): FramingSettings & { readonly embedder: string } {
  const isMadeUp = destination.kind === 'simulator' || page === SAMPLE_APPLICATION.baseUri;
  const embedder = formOf(destination).embedder(destination);
  const isFramed = !isMadeUp && typeof embedder === 'string';
  const settings = framing ?? framingSchema.parse({ mode: isFramed ? 'warn' : 'off' });
  return {
    ...settings,
    // What nothing frames nobody can keep out of a frame.
    mode: embedder === null ? 'off' : settings.mode,
    embedder: settings.embedder ?? embedder ?? new URL(page).origin,
  };
}

interface Watched {
  readonly application: Application;
  readonly page: string;
  readonly framing: ReturnType<typeof framingOf>;
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
  let all: ReadonlyMap<string, Watched> = new Map();

  function use({ applications, destination }: Pick<Settings, 'applications' | 'destination'>): void {
    const before = all;
    all = new Map(
      applications.map((application) => {
        const page = pageOf(application);
        const framing = framingOf({ ...application, page }, destination);
        const key = JSON.stringify([page, application.allowedOrigins, framing]);
        const old = before.get(application.id);
        return [application.id, old?.key === key ? old : { application, page, framing, key }];
      }),
    );
    for (const watched of before.values()) if (!isWatched(watched)) watched.cancel?.();
    for (const watched of all.values()) {
      if (watched.framing.mode !== 'off' && !watched.latest) void lookAt(watched);
    }
  }

  const isWatched = (watched: Watched) => all.get(watched.application.id) === watched;

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

  return {
    use,
    check({ id }) {
      const watched = all.get(id);
      if (watched?.framing.mode !== 'enforce') return undefined;
      const verdict = verdictOf(watched);
      return verdict ? refusalOf(verdict, watched) : waitFor(watched);
    },
    stateOf(id) {
      const watched = all.get(id);
      return watched && stateFor(watched);
    },
    async lookNow(id) {
      const watched = all.get(id);
      if (!watched) return undefined;
      await lookAt(watched);
      return stateFor(watched);
    },
    stop() {
      stopping.abort();
      for (const { cancel } of all.values()) cancel?.();
    },
  };
}
