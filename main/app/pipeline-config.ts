/** The pipeline's configuration: read for every trigger, made anew only when something in it has changed. */
import { isDeepStrictEqual } from 'node:util';
import type { Application } from '../../shared/application.ts';
import type { AuditEntry } from '../../shared/audit.ts';
import { SAMPLE_APPLICATION } from '../../shared/settings.ts';
import { isSimulated } from '../destinations/registry.ts';
import type { Pause } from '../pipeline/pause.ts';
import type { Outlet, PipelineConfig } from '../pipeline/ports.ts';
import type { Outbox } from '../store/outbox.ts';
import type { RuntimeConfig, RuntimeState } from './runtime-config.ts';

export interface PipelineConfigSource {
  now(): PipelineConfig;
  /** In the order of the settings. */
  outlets(): readonly Outlet[];
  /** Takes every entry of the log, once the outbox has: webhooks stop and start by it. */
  observe(entry: AuditEntry): void;
}

/** `samplePage` is where the simulator has a page for the sample application. */
export function createPipelineConfig(
  runtimeConfig: RuntimeConfig,
  pause: Pick<Pause, 'until'>,
  outbox: Pick<Outbox, 'isStopped'>,
  samplePage: () => string | null,
): PipelineConfigSource {
  let config: PipelineConfig;
  let places: readonly Outlet[];
  const make = ({ settings, outlets, webhooks, matrices }: RuntimeState) => {
    places = outlets.map(({ outlet }) => outlet);
    const { agent, applications, popPhases, attemptTimeoutMs, totalDeadlineMs } = settings;
    const { dedupeWindowMs, ringWindowMs, interactionLifetimeMs } = settings;
    config = {
      applications: isSimulated(outlets) ? applications.map(withPage(samplePage())) : applications,
      matrices,
      agent,
      popPhases,
      dedupeWindowMs,
      ringWindowMs,
      interactionLifetimeMs,
      attemptTimeoutMs,
      totalDeadlineMs,
      webhooks: [...webhooks.keys()].filter((webhook) => !outbox.isStopped(webhook)),
      // A pause ends by the clock, with nobody to say so.
      get isPaused() {
        return pause.until() !== null;
      },
    };
  };
  runtimeConfig.subscribe(make);
  return {
    now: () => config,
    outlets: () => places,
    observe({ type }) {
      if (type === 'webhook') make(runtimeConfig.current);
    },
  };
}

/** Nobody serves the page of the sample: where the simulator has one, that takes its place. */
function withPage(page: string | null): (application: Application) => Application {
  return (application) =>
    page === null || !isDeepStrictEqual(application, SAMPLE_APPLICATION)
      ? application
      : { ...application, baseUri: page, allowedOrigins: [new URL(page).origin] };
}
