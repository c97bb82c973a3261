/** The pipeline's configuration: read for every trigger, made anew only when something in it has changed. */
import type { AuditEntry } from '../../shared/audit.ts';
import type { Pause } from '../pipeline/pause.ts';
import type { PipelineConfig } from '../pipeline/ports.ts';
import type { Outbox } from '../store/outbox.ts';
import type { RuntimeConfig, RuntimeState } from './runtime-config.ts';

export interface PipelineConfigSource {
  now(): PipelineConfig;
  /** Takes every entry of the log, once the outbox has: webhooks stop and start by it. */
  observe(entry: AuditEntry): void;
}

export function createPipelineConfig(
  runtimeConfig: RuntimeConfig,
  pause: Pick<Pause, 'until'>,
  outbox: Pick<Outbox, 'isStopped'>,
): PipelineConfigSource {
  let config: PipelineConfig;
  const make = ({ settings, webhooks, matrices }: RuntimeState) => {
    const { applications, popPhases, attemptTimeoutMs, totalDeadlineMs } = settings;
    const { dedupeWindowMs, ringWindowMs, interactionLifetimeMs } = settings;
    config = {
      applications,
      matrices,
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
    observe({ type }) {
      if (type === 'webhook') make(runtimeConfig.current);
    },
  };
}
