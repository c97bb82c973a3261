/** The app without a shell: audit log, read models, pipeline, webhooks and endpoint, started and stopped in order. */
import type { Dispatcher } from 'undici';
import packageJson from '../package.json' with { type: 'json' };
import { openBooks } from './books.ts';
import { createDashboard, type DashboardDeps } from './dashboard/create-dashboard.ts';
import type { Dashboard } from './dashboard/dashboard.ts';
import { createPause } from './dashboard/pause.ts';
import { createRecentTriggers } from './dashboard/recent-triggers.ts';
import { createSessions } from './dashboard/sessions.ts';
import { DASHBOARD_CSP, type StaticFile } from './dashboard/static-files.ts';
import type { LocalTokens } from './endpoint/local-tokens.ts';
import { createPairing } from './endpoint/pairing.ts';
import { type Endpoint, startEndpoint } from './endpoint/server.ts';
import { createFramingWatch } from './framing-watch.ts';
import { createMailroom } from './mailroom.ts';
import { createOutlets } from './outlet.ts';
import { createPipeline } from './pipeline/pipeline.ts';
import type { Clock } from './pipeline/ports.ts';
import { createPipelineConfig } from './pipeline-config.ts';
import { createDigest } from './platform/digest.ts';
import { createHttpClient } from './platform/http.ts';
import { createUuidMaker } from './platform/ids.ts';
import { kindOfError, type Logger } from './platform/logger.ts';
import { fetchThrough } from './platform/outgoing.ts';
import type { Proxies } from './platform/proxies.ts';
import type { Secrets } from './platform/secrets.ts';
import type { OpenSettings } from './platform/settings.ts';
import { createRush } from './rush.ts';
import { openSetup, type Setup } from './setup.ts';

/** Pops under way get this long to end before a stop cuts them short, in milliseconds: the longest total deadline. */
const STOP_GRACE_MS = 20_000;

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
  /** For looks at pages and receivers of the log; without it those of the environment. */
  readonly proxies?: Proxies;
  readonly logger: Logger;
  /** Hears that a trigger came while the log was shut. */
  readonly onWanted?: () => void;
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
  /** Why nothing can be delivered while the keys of the log are out of reach; null when they are not. */
  shut(): string | null;
  /** Opens what could not be opened at the start; whether all is open now. */
  open(): Promise<boolean>;
  /** The same for a caller whose pops stand in the log under a name of their own. */
  dashboardFor(client: string): Dashboard;
  /** Closes the port, lets accepted pops end, and makes everything durable. */
  stop(): Promise<void>;
}

/** Starts everything; throws LogLocked, AuditKeyMissing, PortTaken and SettingsInvalid. */
export async function startApp(ports: AppPorts): Promise<App> {
  const { dataDir, dispatcher, secrets, localTokens, clock, logger, onWanted = () => {} } = ports;
  const { proxies = { env: process.env } } = ports;
  const onFault = (event: string) => (error: unknown) => logger.error(event, { kind: kindOfError(error) });
  // What was opened is closed in the other order: at a stop, or when something further down cannot be opened.
  await using opened = new AsyncDisposableStack();

  const http = createHttpClient(dispatcher);
  opened.defer(http.close);
  const webhookHttp = createHttpClient(ports.webhookDispatcher);
  opened.defer(webhookHttp.close);
  const outlets = createOutlets(secrets, clock, fetchThrough(dispatcher));
  opened.defer(outlets.stop);
  const onSetupFault = onFault('a change of the settings');
  const setup = await openSetup({
    settings: ports.settings,
    secrets,
    outlets,
    dataDir,
    onFault: onSetupFault,
  });
  setup.follow(({ settings }) => settings.logLevel, logger.setLevel);

  const rush = createRush(clock);
  const isBusy = rush.isOn;
  const books = await openBooks({ dataDir, isBusy, setup, secrets, clock, proxies, logger, onWanted });
  opened.defer(books.close);
  const { audit, store, metrics } = books;

  const mailroom = createMailroom({
    setup,
    books,
    http: webhookHttp,
    clock,
    random: Math.random,
    isBusy,
    onFault: onFault('a webhook could not be started anew'),
  });
  opened.defer(mailroom.stop);

  const stopping = new AbortController();
  const recent = createRecentTriggers();
  const pause = createPause(clock, () => dashboard.tellStatus());
  const config = createPipelineConfig(setup, pause, store.outbox);
  books.addReader(config.observe);
  const framing = createFramingWatch({
    clock,
    // Loaded with the first look: no pop needs it, and where nothing is looked at nobody does.
    judge: async (...target) => (await import('./judge-target.ts')).judgeTarget(...target, proxies),
    onVerdict: ({ application, mode, verdict, rule }) => {
      const tell = verdict === 'blocked' && mode !== 'off' ? logger.warn : logger.info;
      tell('framing of the page looked at', { application, verdict, rule, mode });
    },
  });
  opened.defer(framing.stop);
  setup.follow(({ settings }) => settings, framing.use);
  const makeUuid = createUuidMaker();
  const pipeline = createPipeline({
    clock,
    ids: { popId: makeUuid, idempotencyKey: makeUuid },
    random: Math.random,
    digest: createDigest(books.digestKey),
    audit,
    history: books.history,
    http,
    config: config.now,
    outlet: () => setup.inForce.outlet.outlet,
    framing: framing.check,
    onAdmitted({ receivedAt, popId, trigger }) {
      rush.note(receivedAt);
      recent.remember(popId, trigger);
    },
    stopping: stopping.signal,
  });

  const pairing = createPairing(localTokens, clock, (end) => dashboard.tell({ type: 'pairing', ...end }));
  const { deadLetters } = mailroom;
  let addresses: readonly string[] = [];
  const dashboardDeps: DashboardDeps = {
    version: packageJson.version,
    addresses: () => addresses,
    setup,
    framing,
    books,
    clock,
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
  books.addReader((entry) => dashboard.tell({ type: 'entry', entry }));
  books.onNews(dashboard.tellStatus);

  const sessions = createSessions(clock);
  const endpoint = await startEndpoint({
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
  addresses = endpoint.addresses;
  // Without their keys webhooks would be given up.
  if (books.isOpen()) mailroom.open();
  setup.follow((inForce) => inForce, dashboard.tellStatus);
  const { outlet, settings } = setup.inForce;
  logger.info('started', { port: endpoint.port, destination: settings.destination.kind });

  const open = opened.move();
  return {
    endpoint,
    dashboard,
    setup,
    newLink: () => `/ui/open?code=${sessions.newCode()}`,
    dashboardFor: (client) => createDashboard(dashboardDeps, client),
    shut: () => (books.isOpen() ? null : books.fault()),
    async open() {
      if (books.isOpen()) return true;
      if (!(await books.open(setup.reopen))) return false;
      mailroom.open();
      return true;
    },
    destination: outlet.description,
    isSimulated: outlet.isSimulated,
    async stop() {
      const cancel = clock.after(STOP_GRACE_MS, () => stopping.abort());
      await endpoint.stop();
      await pipeline.idle();
      cancel();
      await open.disposeAsync();
      logger.info('stopped');
    },
  };
}
