/** The app without a shell: audit log, read models, pipeline, webhooks and endpoint, started and stopped in order. */

import type { Dispatcher } from 'undici';
import packageJson from '../../package.json' with { type: 'json' };
import { openDesktop } from '../agent-desktop/open-desktop.ts';
import type { Dashboard } from '../api/api.ts';
import { createChanges } from '../audit/changes/record-changes.ts';
import { startFramingMonitor } from '../compatibility/start-framing-monitor.ts';
import type { OpenSettings } from '../config/settings.ts';
import { settingsChange } from '../config/settings-change.ts';
import { createOutlets, hasSimulator } from '../destinations/registry.ts';
import type { LocalTokens } from '../endpoint/local-tokens.ts';
import { createOpenedPages } from '../endpoint/opened-pages.ts';
import { createRefusals } from '../endpoint/refusals.ts';
import { fetchThrough } from '../network/dispatcher.ts';
import { createHttpClient } from '../network/http-client.ts';
import type { Proxies } from '../network/proxies.ts';
import type { AllowedFor } from '../network/public-connect.ts';
import { faultTeller } from '../observability/fault-teller.ts';
import type { Logger } from '../observability/logger.ts';
import { beside, openTroubles, type Troubles } from '../observability/troubles.ts';
import { createPause } from '../pipeline/pause.ts';
import { createPipeline } from '../pipeline/pipeline.ts';
import type { Clock } from '../pipeline/ports.ts';
import { createRecentTriggers } from '../pipeline/recent-triggers.ts';
import { type Browser, createBrowser } from '../platform/browser.ts';
import { createClockCheck } from '../platform/clock-check.ts';
import { createDigest } from '../platform/digest.ts';
import { createUuidMaker } from '../platform/ids.ts';
import type { PageWindows } from '../platform/page-windows.ts';
import { sealContext } from '../platform/seal-context.ts';
import type { StaticFile } from '../platform/static-files.ts';
import { askSystemTime } from '../platform/system-time.ts';
import { createBoundSecrets } from '../secrets/bound-secrets.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { createWebhookService } from '../webhooks/service.ts';
import { createActivity } from './activity.ts';
import { openAuditServices } from './audit-services.ts';
import { watchDestinations } from './destination-trouble.ts';
import { examine } from './examine.ts';
import { type Inbound, openInbound } from './inbound.ts';
import { startLogChecks } from './log-checks.ts';
import { openDesktopOnce } from './open-desktop-once.ts';
import { createPipelineConfig } from './pipeline-config.ts';
import { openRuntimeConfig, type RuntimeConfig } from './runtime-config.ts';
import { takeSpooledCalls } from './spooled-calls.ts';

/** Pops under way get this long to end before a stop cuts them short, in milliseconds: the longest total deadline. */
const STOP_GRACE_MS = 20_000;
/** A browser that we have opened gets so long to come for its page, in milliseconds. */
const LINK_LIFETIME_MS = 60_000;

export interface AppPorts {
  readonly dataDir: string;
  readonly settings: OpenSettings;
  readonly secrets: Secrets;
  readonly localTokens: LocalTokens;
  readonly clock: Clock;
  /** Carries all calls to the outside. */
  readonly dispatcher: Dispatcher;
  /** For webhooks: goes to public addresses, to this machine when a URL says so, and to what is allowed. */
  readonly webhookDispatcher: (allowedFor: AllowedFor) => Dispatcher;
  /** For looks at pages and receivers of the log; without it those of the environment. */
  readonly proxies?: Proxies;
  readonly logger: Logger;
  /** Hears that a trigger came while the log was shut. */
  readonly onWanted?: () => void;
  /** Whether any other port will do where that of the settings cannot be had. */
  readonly isPortFree?: boolean | undefined;
  /** Reads the built dashboard; without it `/ui/` is not found. */
  readonly readDashboard?: (() => ReadonlyMap<string, StaticFile>) | undefined;
  /** Without it the one that the environment tells of. */
  readonly browser?: Browser | undefined;
  /** Without it this poptray has none. */
  readonly windows?: PageWindows | undefined;
}

export interface App extends Pick<Inbound, 'endpoint' | 'newLink'> {
  /** A one-time link to the simulator's agent desktop; null where pops go elsewhere. */
  desktopLink(): string | null;
  readonly dashboard: Dashboard;
  /** The pages of the dashboard; none where it was not built, or cannot be read. */
  readonly files: ReadonlyMap<string, StaticFile>;
  readonly runtimeConfig: RuntimeConfig;
  /** For who has more to do beside the pops, as the shell. */
  readonly troubles: Pick<Troubles, 'report'>;
  /** Opens an address, or a path of the endpoint, in this user's browser, for it alone; rejects, in words for people, where there is none. */
  openInBrowser(address: string): Promise<void>;
  /** Opens the simulator's agent desktop there, the first time that poptray runs with this folder; whether it did. */
  openDesktopOnce(): Promise<boolean>;
  /** Why nothing can be delivered while the keys of the log are out of reach; null when they are not. */
  shut(): string | null;
  /** Opens what could not be opened at the start; whether all is open now. */
  unlock(): Promise<boolean>;
  /** The same for a caller whose pops stand in the log under a name of their own. */
  dashboardFor(client: string): Dashboard;
  /** Puts on record that something of a client was not taken, and why; nothing of what it was. */
  noteRefused(client: string, reason: string): void;
  /** Has the log on disk, signed, before it returns: where there is no time for a stop. */
  syncNow(): void;
  /** Closes the port, lets accepted pops end, and makes everything durable. */
  stop(): Promise<void>;
}

/** Starts everything; throws LogLocked, AuditKeyMissing, PortTaken and SettingsInvalid. */
export async function startApp(ports: AppPorts): Promise<App> {
  const { dataDir, dispatcher, secrets, localTokens, clock, logger, windows, onWanted = () => {} } = ports;
  const { proxies = { env: process.env }, readDashboard = () => new Map() } = ports;
  const openedPages = createOpenedPages(ports.browser ?? createBrowser(proxies.env));
  const onFault = faultTeller(logger, clock);
  const stopping = new AbortController();
  // What was opened is closed in the other order: at a stop, or when something further down cannot be opened.
  await using opened = new AsyncDisposableStack();

  const troubles = openTroubles({
    dataDir,
    clock,
    logger,
    onFault: onFault('what is in trouble could not be kept'),
  });
  opened.defer(troubles.stop);
  let files: ReadonlyMap<string, StaticFile> = new Map();
  await beside(
    troubles.report,
    'dashboard',
    'the pages of the dashboard cannot be read: install poptray anew',
    () => {
      files = readDashboard();
    },
  );
  const clockCheck = createClockCheck(clock, askSystemTime);
  const http = createHttpClient(dispatcher, clockCheck.hear);
  opened.defer(http.close);
  const boundSecrets = createBoundSecrets(secrets);
  const desktop = openDesktop({
    clock,
    files: () => files,
    lookAtFraming: async (...look) =>
      (await import('../compatibility/page-probe.ts')).probeFrames(...look, stopping.signal, proxies),
  });
  const outlets = createOutlets(boundSecrets, {
    http,
    clock,
    fetch: fetchThrough(dispatcher, clockCheck.hear),
    desktop,
    screen: openedPages,
    windows,
    dataDir,
  });
  opened.defer(outlets.stop);
  const runtimeConfig = await openRuntimeConfig({
    settings: ports.settings,
    secrets: boundSecrets,
    outlets,
    dataDir,
    troubles,
    onFault: onFault('a change of the settings'),
  });
  runtimeConfig.select(({ settings }) => settings.logLevel).subscribe(logger.setLevel);
  const allowedFor = (hostname: string) =>
    runtimeConfig.current.settings.webhooks.flatMap(({ url, allow = [] }) =>
      new URL(url).hostname === hostname ? allow : [],
    );
  const webhookHttp = createHttpClient(ports.webhookDispatcher(allowedFor), clockCheck.hear);
  opened.defer(webhookHttp.close);

  const activity = createActivity(clock);
  const isBusy = activity.isOn;
  const pause = createPause(clock, () => dashboard.tellStatus());
  const auditServices = await openAuditServices({
    dataDir,
    runtimeConfig,
    pause,
    secrets,
    boundSecrets,
    clock,
    clockCheck,
    isBusy,
    proxies,
    logger,
    troubles,
    onWanted,
  });
  opened.defer(auditServices.close);
  const changes = createChanges({
    dataDir,
    audit: auditServices.audit,
    clock,
    onFault: onFault('a change could not be put on record'),
  });
  opened.defer(changes.stop);
  const { lastGood = ports.settings.current } = ports.settings;
  const outside = settingsChange(lastGood, ports.settings.current);
  if (outside) void changes.record({ client: 'settings.json', by: null }, outside);
  const logChecks = startLogChecks({
    auditServices,
    record: changes.record,
    clock,
    isIdle: activity.isIdle,
    onFault: onFault('the audit log could not be checked'),
  });
  opened.defer(logChecks.stop);
  const webhookService = createWebhookService({
    targets: runtimeConfig.select(({ webhooks }) => webhooks),
    audit: auditServices.audit,
    outbox: auditServices.store.outbox,
    checkpoint: auditServices.checkpoint,
    onCheckpoint: auditServices.takeCheckpoint,
    whole: () => auditServices.catchUp.whole,
    addSubscriber: auditServices.addSubscriber,
    troubles,
    http: webhookHttp,
    clock,
    random: Math.random,
    isBusy,
    onFault: onFault('what became of a webhook could not be kept'),
  });
  opened.defer(webhookService.stop);
  const { deadLetters } = webhookService;
  const framing = startFramingMonitor({
    settings: runtimeConfig.select(({ settings }) => settings),
    clock,
    proxies,
    troubles,
    logger,
  });
  opened.defer(framing.stop);

  const recent = createRecentTriggers();
  const config = createPipelineConfig(runtimeConfig, pause, auditServices.store.outbox, desktop.samplePage);
  auditServices.addSubscriber(config.observe);
  const makeUuid = createUuidMaker();
  const pipeline = createPipeline({
    clock,
    ids: { popId: makeUuid, idempotencyKey: makeUuid },
    random: Math.random,
    digest: createDigest(auditServices.digestKey),
    audit: auditServices.audit,
    history: auditServices.history,
    config: config.now,
    outlets: config.outlets,
    framing: framing.check,
    seal: sealContext,
    onAdmitted({ receivedAt, popId, idempotencyKey, trigger }) {
      activity.note(receivedAt);
      recent.remember(popId, { ...trigger, idempotencyKey });
    },
    stopping: stopping.signal,
    onCallEnd: windows?.endCall,
    onEnd: watchDestinations(
      runtimeConfig.select(({ settings }) => settings.destinations),
      lastGood.destinations,
      troubles,
      () => stopping.signal.aborted,
    ),
  });

  const desktopLink = () => (hasSimulator(runtimeConfig.current.outlets) ? desktop.newLink() : null);
  const { endpoint, dashboard, dashboardFor, newLink } = await openInbound({
    runtimeConfig,
    auditServices,
    framing,
    config: config.now,
    desktopLink,
    pipeline,
    pause,
    recent,
    deadLetters,
    secrets,
    boundSecrets,
    localTokens,
    clock,
    files,
    openedPages,
    isPortFree: ports.isPortFree,
    examine: () =>
      examine({
        dataDir,
        proxies,
        clock,
        clockCheck,
        windows,
        judgeLog: logChecks.judge,
        settings: () => ({
          current: runtimeConfig.current.settings,
          fault: runtimeConfig.fileFault(),
          fromEnvironment: runtimeConfig.fromEnvironment,
        }),
        secrets: async () => secrets,
        localTokens: async () => localTokens,
      }),
    record: changes.record,
    onFault,
  });
  const refusals = createRefusals(auditServices.audit, clock);
  opened.defer(refusals.settle);
  const spooledCalls = takeSpooledCalls({
    dataDir,
    dashboardFor,
    refusals,
    clock,
    onFault: onFault('a spooled call could not be taken'),
  });
  opened.defer(spooledCalls.stop);
  // Without their keys webhooks would be given up.
  if (auditServices.isOpen()) webhookService.start();
  if (endpoint.insteadOf !== null)
    logger.warn('the usual port is taken', { port: endpoint.insteadOf, instead: endpoint.port });
  logger.info('started', {
    version: packageJson.version,
    port: endpoint.port,
    destinations: runtimeConfig.current.settings.destinations.map(({ kind }) => kind).join(' '),
  });

  async function openInBrowser(address: string): Promise<void> {
    const page = openedPages.create(new URL(address, endpoint.addresses[0]).href, () => {});
    clock.after(LINK_LIFETIME_MS, page.end);
    await page.open();
  }

  const all = opened.move();
  return {
    endpoint,
    dashboard,
    dashboardFor,
    files,
    newLink,
    runtimeConfig,
    troubles,
    desktopLink,
    shut: () => (auditServices.isOpen() ? null : auditServices.fault()),
    async unlock() {
      if (auditServices.isOpen()) return true;
      if (!(await auditServices.unlock(runtimeConfig.reopen))) return false;
      webhookService.start();
      return true;
    },
    openInBrowser,
    openDesktopOnce: () =>
      openDesktopOnce({
        dataDir,
        screen: openedPages,
        hasDelivered: auditServices.store.queries.hasDelivered,
        link: desktopLink,
        open: openInBrowser,
      }),
    noteRefused: (client, reason) =>
      void refusals.record({ code: 'invalid_trigger', message: reason, details: {} }, { client }, null),
    syncNow: auditServices.syncNow,
    async stop() {
      const cancel = clock.after(STOP_GRACE_MS, () => stopping.abort());
      await endpoint.stop();
      await spooledCalls.stop();
      await pipeline.idle();
      cancel();
      await all.disposeAsync();
      logger.info('stopped');
    },
  };
}
