/** The app without a shell: audit log, read models, pipeline, webhooks and endpoint, started and stopped in order. */
import type { Dispatcher } from 'undici';
import packageJson from '../package.json' with { type: 'json' };
import { openBooks } from './books.ts';
import { createChanges } from './changes.ts';
import { startDailyCheck } from './daily-check.ts';
import type { Dashboard } from './dashboard/dashboard.ts';
import { createPause } from './dashboard/pause.ts';
import { createRecentTriggers } from './dashboard/recent-triggers.ts';
import type { StaticFile } from './dashboard/static-files.ts';
import type { LocalTokens } from './endpoint/local-tokens.ts';
import { createMailroom } from './mailroom.ts';
import { createOutlets } from './outlet.ts';
import { createPipeline } from './pipeline/pipeline.ts';
import type { Clock } from './pipeline/ports.ts';
import { createPipelineConfig } from './pipeline-config.ts';
import { createBoundSecrets } from './platform/bound-secrets.ts';
import { createClockCheck } from './platform/clock-check.ts';
import { createDigest } from './platform/digest.ts';
import { faultTeller } from './platform/fault-teller.ts';
import { createHttpClient } from './platform/http.ts';
import { createUuidMaker } from './platform/ids.ts';
import type { Logger } from './platform/logger.ts';
import { fetchThrough } from './platform/outgoing.ts';
import type { Proxies } from './platform/proxies.ts';
import type { Secrets } from './platform/secrets.ts';
import type { OpenSettings } from './platform/settings.ts';
import { askSystemTime } from './platform/system-time.ts';
import { openReception, type Reception } from './reception.ts';
import { createRush } from './rush.ts';
import { settingsChange } from './settings-change.ts';
import { openSetup, type Setup } from './setup.ts';
import { watchFraming } from './watch-framing.ts';

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
  /** Whether any other port will do where that of the settings cannot be had. */
  readonly isPortFree?: boolean | undefined;
  /** The built dashboard; without it `/ui/` is not found. */
  readonly files?: ReadonlyMap<string, StaticFile> | undefined;
}

export interface App extends Pick<Reception, 'endpoint' | 'newLink'> {
  /** For people: where pops go. */
  readonly destination: string;
  readonly isSimulated: boolean;
  readonly dashboard: Dashboard;
  readonly setup: Setup;
  /** Why nothing can be delivered while the keys of the log are out of reach; null when they are not. */
  shut(): string | null;
  /** Opens what could not be opened at the start; whether all is open now. */
  open(): Promise<boolean>;
  /** The same for a caller whose pops stand in the log under a name of their own. */
  dashboardFor(client: string): Dashboard;
  /** Has the log on disk, signed, before it returns: where there is no time for a stop. */
  syncNow(): void;
  /** Closes the port, lets accepted pops end, and makes everything durable. */
  stop(): Promise<void>;
}

/** Starts everything; throws LogLocked, AuditKeyMissing, PortTaken and SettingsInvalid. */
export async function startApp(ports: AppPorts): Promise<App> {
  const { dataDir, dispatcher, secrets, localTokens, clock, logger, onWanted = () => {} } = ports;
  const { proxies = { env: process.env }, files = new Map() } = ports;
  const onFault = faultTeller(logger, clock);
  // What was opened is closed in the other order: at a stop, or when something further down cannot be opened.
  await using opened = new AsyncDisposableStack();

  const clockCheck = createClockCheck(clock, askSystemTime);
  const http = createHttpClient(dispatcher, clockCheck.hear);
  opened.defer(http.close);
  const webhookHttp = createHttpClient(ports.webhookDispatcher, clockCheck.hear);
  opened.defer(webhookHttp.close);
  const boundSecrets = createBoundSecrets(secrets);
  const outlets = createOutlets(boundSecrets, clock, fetchThrough(dispatcher, clockCheck.hear));
  opened.defer(outlets.stop);
  const setup = await openSetup({
    settings: ports.settings,
    secrets: boundSecrets,
    outlets,
    dataDir,
    onFault: onFault('a change of the settings'),
  });
  setup.follow(({ settings }) => settings.logLevel, logger.setLevel);

  const rush = createRush(clock);
  const isBusy = rush.isOn;
  const pause = createPause(clock, () => dashboard.tellStatus());
  const books = await openBooks({
    dataDir,
    setup,
    pause,
    secrets,
    boundSecrets,
    clock,
    clockCheck,
    isBusy,
    proxies,
    logger,
    onWanted,
  });
  opened.defer(books.close);
  const changes = createChanges({
    dataDir,
    audit: books.audit,
    clock,
    onFault: onFault('a change could not be put on record'),
  });
  opened.defer(changes.stop);
  const { lastGood = ports.settings.current } = ports.settings;
  const outside = settingsChange(lastGood, ports.settings.current);
  if (outside) void changes.record({ client: 'settings.json', by: null }, outside);
  const dailyCheck = startDailyCheck({
    clock,
    isIdle: rush.isIdle,
    isOpen: books.isOpen,
    lastAt: () => {
      const { checked } = books.standing();
      return checked === null ? undefined : Date.parse(checked.at);
    },
    suspicion: books.inconsistency,
    async check(pace) {
      const { verdict } = await books.check(() => {}, pace);
      await changes.record(
        { client: 'daily-check', by: null },
        { subject: 'verification', action: 'made', name: verdict },
      );
    },
    onFault: onFault('the audit log could not be checked'),
  });
  opened.defer(dailyCheck.stop);
  const mailroom = createMailroom({
    setup,
    books,
    http: webhookHttp,
    clock,
    random: Math.random,
    isBusy,
    onFault: onFault('what became of a webhook could not be kept'),
  });
  opened.defer(mailroom.stop);
  const { deadLetters } = mailroom;
  const framing = watchFraming({ setup, clock, proxies, logger });
  opened.defer(framing.stop);

  const recent = createRecentTriggers();
  const config = createPipelineConfig(setup, pause, books.store.outbox);
  books.addReader(config.observe);
  const stopping = new AbortController();
  const makeUuid = createUuidMaker();
  const pipeline = createPipeline({
    clock,
    ids: { popId: makeUuid, idempotencyKey: makeUuid },
    random: Math.random,
    digest: createDigest(books.digestKey),
    audit: books.audit,
    history: books.history,
    http,
    config: config.now,
    outlet: () => setup.inForce.outlet.outlet,
    framing: framing.check,
    onAdmitted({ receivedAt, popId, idempotencyKey, trigger }) {
      rush.note(receivedAt);
      recent.remember(popId, { ...trigger, idempotencyKey });
    },
    stopping: stopping.signal,
  });

  const { endpoint, dashboard, dashboardFor, newLink } = await openReception({
    setup,
    books,
    framing,
    pipeline,
    pause,
    recent,
    deadLetters,
    secrets,
    boundSecrets,
    localTokens,
    clock,
    files,
    isPortFree: ports.isPortFree,
    record: changes.record,
    onFault,
  });
  // Without their keys webhooks would be given up.
  if (books.isOpen()) mailroom.open();
  const { outlet, settings } = setup.inForce;
  if (endpoint.insteadOf !== null)
    logger.warn('the usual port is taken', { port: endpoint.insteadOf, instead: endpoint.port });
  logger.info('started', {
    version: packageJson.version,
    port: endpoint.port,
    destination: settings.destination.kind,
  });

  const open = opened.move();
  return {
    endpoint,
    dashboard,
    dashboardFor,
    newLink,
    setup,
    destination: outlet.description,
    isSimulated: outlet.isSimulated,
    shut: () => (books.isOpen() ? null : books.fault()),
    async open() {
      if (books.isOpen()) return true;
      if (!(await books.open(setup.reopen))) return false;
      mailroom.open();
      return true;
    },
    syncNow: books.syncNow,
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
