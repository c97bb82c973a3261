/** The app without a shell: audit log, read models, pipeline, webhooks and endpoint, started and stopped in order. */
import type { Dispatcher } from 'undici';
import packageJson from '../package.json' with { type: 'json' };
import type { AuditEntry } from '../shared/audit.ts';
import { followLog, lastSeq } from './audit/follow.ts';
import { readEntries } from './audit/reader.ts';
import { createCarriers } from './carriers.ts';
import { createDashboard, type DashboardDeps } from './dashboard/create-dashboard.ts';
import type { Dashboard } from './dashboard/dashboard.ts';
import { createPause } from './dashboard/pause.ts';
import { createRecentTriggers } from './dashboard/recent-triggers.ts';
import { createSessions } from './dashboard/sessions.ts';
import { DASHBOARD_CSP, type StaticFile } from './dashboard/static-files.ts';
import { createDeadLetterBox } from './dead-letters.ts';
import type { LocalTokens } from './endpoint/local-tokens.ts';
import { createPairing } from './endpoint/pairing.ts';
import { type Endpoint, startEndpoint } from './endpoint/server.ts';
import { createFramingWatch } from './framing-watch.ts';
import { closeInterrupted } from './interrupted.ts';
import { createOutlets } from './outlet.ts';
import { createPipeline } from './pipeline/pipeline.ts';
import type { Clock } from './pipeline/ports.ts';
import { fullJitter } from './pipeline/retry-schedule.ts';
import { createPipelineConfig } from './pipeline-config.ts';
import { createDigest } from './platform/digest.ts';
import { createHttpClient } from './platform/http.ts';
import { createUuidMaker } from './platform/ids.ts';
import { kindOfError, type Logger } from './platform/logger.ts';
import { createMetrics } from './platform/metrics.ts';
import { fetchThrough } from './platform/outgoing.ts';
import type { Secrets } from './platform/secrets.ts';
import type { OpenSettings } from './platform/settings.ts';
import { openSetup, type Setup } from './setup.ts';
import { openProgress } from './shipping/progress.ts';
import { createShipping } from './shipping/shipping.ts';
import { openStore } from './store/store.ts';
import { openTrail } from './trail.ts';
import { createWebhookSender } from './webhooks/sender.ts';

/** Pops under way get this long to end before a stop cuts them short, in milliseconds: the longest total deadline. */
const STOP_GRACE_MS = 20_000;

/** The base of the backoff while a receiver of the log is away, in milliseconds. */
const SHIPPING_BACKOFF_MS = 1000;

/** Webhooks make room for pops until there has been no trigger for this long, in milliseconds. */
const QUIET_MS = 10;

export interface AppPorts {
  readonly dataDir: string;
  readonly settings: OpenSettings;
  readonly secrets: Secrets;
  readonly localTokens: LocalTokens;
  readonly clock: Clock;
  /** Carries all calls to the outside. */
  readonly dispatcher: Dispatcher;
  /** For webhooks: goes to public addresses, and to this machine when a URL says so. */
  readonly webhookDispatcher: Dispatcher;
  readonly logger: Logger;
  /** The built dashboard; without it `/ui/` is not found. */
  readonly files?: ReadonlyMap<string, StaticFile> | undefined;
}

export interface App {
  readonly endpoint: Endpoint;
  /** For people: where pops go. */
  readonly destination: string;
  readonly isSimulated: boolean;
  readonly dashboard: Dashboard;
  readonly setup: Setup;
  /** The path of a one-time link to the dashboard. */
  newLink(): string;
  /** The same for a caller whose pops stand in the log under a name of their own. */
  dashboardFor(client: string): Dashboard;
  /** Closes the port, lets accepted pops end, and makes everything durable. */
  stop(): Promise<void>;
}

/** Starts everything; throws LogLocked, PortTaken, SecretsLocked, AuditKeyMissing and SettingsInvalid. */
export async function startApp(ports: AppPorts): Promise<App> {
  const { dataDir, dispatcher, settings, secrets, localTokens, clock, logger } = ports;
  const onFault = (event: string) => (error: unknown) => logger.error(event, { kind: kindOfError(error) });
  const subscribers: ((entry: AuditEntry, json: string) => void)[] = [];
  const onEntry = (entry: AuditEntry, json: string) => {
    for (const subscriber of subscribers) {
      try {
        subscriber(entry, json);
      } catch (error) {
        // The entry stands, whatever its readers make of it.
        onFault('a reader of the log failed')(error);
      }
    }
  };
  const trail = await openTrail({ dataDir, secrets, clock, onEntry, onFault });
  const { dir, audit, digestKey } = trail;
  const outlets = createOutlets(secrets, clock, fetchThrough(dispatcher));
  const setup = await openSetup({ settings, secrets, outlets, onFault: onFault('a change of the settings') });
  setup.follow(({ settings }) => settings.logLevel, logger.setLevel);

  const store = openStore(dataDir, clock, onFault('store write failed'));
  const read = store.catchUp((seq) => readEntries(dir, seq));
  if (read > 0) logger.info('read models caught up', { entries: read });
  const progress = openProgress(dataDir);
  const tellOfShipping = (...[event, fields]: Parameters<Logger['warn']>) => {
    logger.warn(event, fields);
    dashboard.tellStatus();
  };
  const shipping = createShipping({
    lastSeq: lastSeq(dir),
    clock,
    progress,
    follow: (after) => followLog(dir, after),
    backoffMs: (failures) => fullJitter(failures, SHIPPING_BACKOFF_MS, Math.random),
    tell: tellOfShipping,
  });
  const newMetrics = () =>
    createMetrics({
      webhooksWaiting: () => store.outbox.pendingCount(),
      entriesToShip: shipping.states,
    });
  const metrics = newMetrics();
  const carriersDeps = {
    instance: progress.instance,
    clock,
    secrets,
    newFigures: newMetrics,
    tell: tellOfShipping,
  };
  setup.follow(
    ({ settings }) => settings.shipping,
    (receivers) => shipping.use(createCarriers(receivers, carriersDeps)),
  );
  subscribers.push(store.apply, metrics.observe, shipping.offer);

  const http = createHttpClient(dispatcher);
  const webhookHttp = createHttpClient(ports.webhookDispatcher);
  const sender = createWebhookSender({
    http: webhookHttp,
    clock,
    random: Math.random,
    audit,
    outbox: store.outbox,
    isBusy: () => pipeline.quietForMs() < QUIET_MS,
    checkpoint: trail.checkpoint,
    target: (webhook) => setup.inForce.webhooks.get(webhook),
  });
  subscribers.push(sender.offer);
  let auditFault: string | null = null;
  await closeInterrupted(store, audit).catch((error: Error) => {
    auditFault = error.message;
    onFault('audit log cannot be written')(error);
  });

  const stopping = new AbortController();
  const recent = createRecentTriggers();
  const pause = createPause(clock, () => dashboard.tellStatus());
  const config = createPipelineConfig(setup, pause, store.outbox);
  subscribers.push(config.observe);
  const pairing = createPairing(localTokens, clock, (end) => dashboard.tell({ type: 'pairing', ...end }));
  const framing = createFramingWatch({
    clock,
    // Loaded with the first look: no pop needs it, and where nothing is looked at nobody does.
    judge: async (...target) => (await import('./judge-target.ts')).judgeTarget(...target),
    onVerdict: ({ application, mode, verdict, rule }) => {
      const tell = verdict === 'blocked' && mode !== 'off' ? logger.warn : logger.info;
      tell('framing of the page looked at', { application, verdict, rule, mode });
    },
  });
  setup.follow(({ settings }) => settings, framing.use);
  const makeUuid = createUuidMaker();
  const pipeline = createPipeline({
    clock,
    ids: { popId: makeUuid, idempotencyKey: makeUuid },
    random: Math.random,
    digest: createDigest(digestKey),
    audit,
    history: store,
    http,
    config: config.now,
    outlet: () => setup.inForce.outlet.outlet,
    framing: framing.check,
    onAdmitted: recent.remember,
    stopping: stopping.signal,
  });

  async function close(): Promise<void> {
    framing.stop();
    await Promise.all([sender.stop(), shipping.stop()]);
    await audit.close();
    store.close();
    await http.close();
    await webhookHttp.close();
    await outlets.stop();
  }

  const deadLetters = createDeadLetterBox(store.outbox, audit, () => sender.wake());
  const dashboardDeps: DashboardDeps = {
    version: packageJson.version,
    addresses: () => endpoint?.addresses ?? [],
    auditFault: () => auditFault,
    shipping: shipping.states,
    setup,
    framing,
    auditDir: dir,
    evidence: trail.evidence,
    clock,
    store,
    pipeline,
    pause,
    pairing,
    recent,
    localTokens,
    secrets,
    deadLetters,
    onFault: onFault('dashboard fault'),
  };
  const dashboard = createDashboard(dashboardDeps);
  subscribers.push((entry) => dashboard.tell({ type: 'entry', entry }));

  const sessions = createSessions(clock);
  let endpoint: Endpoint | undefined;
  try {
    endpoint = await startEndpoint({
      port: setup.inForce.settings.port,
      settings: () => setup.inForce.settings,
      identify: (token) => localTokens.identify(token),
      isPaired: (origin) => localTokens.isPaired(origin),
      prove: (port, nonce) => localTokens.prove(port, nonce),
      pairing,
      pipeline,
      metrics,
      deadLetters,
      ui: { files: ports.files ?? new Map(), csp: DASHBOARD_CSP, sessions, dashboard },
      isSession: sessions.isOpen,
      clock,
      audit,
      onFault: onFault('endpoint fault'),
    });
  } catch (error) {
    await close();
    throw error;
  }
  // A webhook that is no longer there has its messages given up; one that has moved gets them.
  setup.follow(({ webhooks }) => webhooks, sender.wake);
  setup.follow(({ outlet }) => outlet, dashboard.tellStatus);
  const { outlet, settings: started } = setup.inForce;
  logger.info('started', { port: endpoint.port, destination: started.destination.kind });

  const listening = endpoint;
  return {
    endpoint: listening,
    dashboard,
    setup,
    newLink: () => `/ui/open?code=${sessions.newCode()}`,
    dashboardFor: (client) => createDashboard(dashboardDeps, client),
    destination: outlet.description,
    isSimulated: outlet.isSimulated,
    async stop() {
      const cancel = clock.after(STOP_GRACE_MS, () => stopping.abort());
      await listening.stop();
      await pipeline.idle();
      cancel();
      await close();
      logger.info('stopped');
    },
  };
}
