/** The app without a shell: audit log, read models, pipeline, webhooks and endpoint, started and stopped in order. */
import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import packageJson from '../package.json' with { type: 'json' };
import type { AuditEntry } from '../shared/audit.ts';
import { newEntry } from '../shared/audit.ts';
import type { Settings } from '../shared/settings.ts';
import { chainKey } from './audit/chain.ts';
import { createAuditLog } from './audit/log.ts';
import { readEntries } from './audit/reader.ts';
import { auditDir } from './audit/segments.ts';
import { createDashboard, type DashboardDeps } from './dashboard/create-dashboard.ts';
import type { Dashboard } from './dashboard/dashboard.ts';
import { createPause } from './dashboard/pause.ts';
import { createRecentTriggers } from './dashboard/recent-triggers.ts';
import { createSessions } from './dashboard/sessions.ts';
import { DASHBOARD_CSP, type StaticFile } from './dashboard/static-files.ts';
import type { LocalTokens } from './endpoint/local-tokens.ts';
import type { DeadLetterBox } from './endpoint/routes.ts';
import { type Endpoint, startEndpoint } from './endpoint/server.ts';
import { openOutlet } from './outlet.ts';
import { createPipeline } from './pipeline/pipeline.ts';
import type { AuditLog, Clock, Digest, PipelineConfig } from './pipeline/ports.ts';
import { resultEntry } from './pipeline/record.ts';
import { createHttpClient } from './platform/http.ts';
import { createUuidMaker } from './platform/ids.ts';
import { kindOfError, type Logger } from './platform/logger.ts';
import { createMetrics } from './platform/metrics.ts';
import type { Secrets } from './platform/secrets.ts';
import { type Environment, SettingsInvalid } from './platform/settings.ts';
import { openStore, type Store } from './store/store.ts';
import { createWebhookSender, type WebhookTarget } from './webhooks/sender.ts';
import { webhookKey } from './webhooks/standard-webhooks.ts';

/** Pops under way get this long to end before a stop cuts them short, in milliseconds: the longest total deadline. */
const STOP_GRACE_MS = 20_000;

export interface AppPorts {
  readonly env: Environment;
  readonly dataDir: string;
  readonly settings: Settings;
  readonly secrets: Secrets;
  readonly localTokens: LocalTokens;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The built dashboard; without it `/ui/` is not found. */
  readonly files?: ReadonlyMap<string, StaticFile>;
}

export interface App {
  readonly endpoint: Endpoint;
  /** For people: where pops go. */
  readonly destination: string;
  readonly isSimulated: boolean;
  readonly dashboard: Dashboard;
  /** The path of a one-time link to the dashboard. */
  newLink(): string;
  /** The same for a caller whose pops stand in the log under a name of their own. */
  dashboardFor(client: string): Dashboard;
  /** Closes the port, lets accepted pops end, and makes everything durable. */
  stop(): Promise<void>;
}

/** Starts everything; throws LogLocked, PortTaken, SecretsLocked and SettingsInvalid. */
export async function startApp(ports: AppPorts): Promise<App> {
  const { dataDir, settings, secrets, localTokens, clock, logger } = ports;
  const onFault = (event: string) => (error: unknown) => logger.error(event, { kind: kindOfError(error) });
  const auditKey = await secrets.getOrCreate('audit-key', () => randomBytes(32).toString('base64'));
  const webhooks = await openWebhooks(settings, secrets);
  const { outlet, description, isSimulated, stop: stopOutlet } = await openOutlet(settings, secrets, clock);

  const dir = auditDir(dataDir);
  const key = chainKey(auditKey);
  const subscribers: ((entry: AuditEntry) => void)[] = [];
  const onEntry = (entry: AuditEntry) => {
    for (const subscriber of subscribers) subscriber(entry);
  };
  const audit = createAuditLog({ dir, key, clock, onEntry });
  const store = openStore(dataDir, clock, onFault('store write failed'));
  const read = store.catchUp((seq) => readEntries(dir, seq));
  if (read > 0) logger.info('read models caught up', { entries: read });
  const metrics = createMetrics(() => store.outbox.pendingCount());
  subscribers.push(store.apply, metrics.observe);

  const http = createHttpClient({ connections: 64 });
  const sender = createWebhookSender({
    http,
    clock,
    random: Math.random,
    audit,
    outbox: store.outbox,
    target: (webhook) => webhooks.get(webhook),
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
  const makeUuid = createUuidMaker();
  const pipeline = createPipeline({
    clock,
    ids: { popId: makeUuid, idempotencyKey: makeUuid },
    random: Math.random,
    digest: createDigest(auditKey),
    audit,
    history: store,
    http,
    config: (): PipelineConfig => ({
      ...settings,
      isPaused: pause.until() !== null,
      webhooks: [...webhooks.keys()].filter((webhook) => !store.outbox.isStopped(webhook)),
    }),
    outlet: () => outlet,
    onAdmitted: recent.remember,
    stopping: stopping.signal,
  });

  async function close(): Promise<void> {
    await sender.stop();
    await audit.close();
    store.close();
    await http.close();
    await stopOutlet();
  }

  const deadLetters = createDeadLetterBox(store, audit, () => sender.wake());
  const dashboardDeps: DashboardDeps = {
    version: packageJson.version,
    addresses: () => endpoint?.addresses ?? [],
    destination: description,
    isSimulated,
    outlet: () => outlet,
    auditFault: () => auditFault,
    settings,
    dataDir,
    env: ports.env,
    auditDir: dir,
    key,
    clock,
    store,
    pipeline,
    pause,
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
      ...settings,
      identify: (token) => localTokens.identify(token),
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
  sender.wake();
  logger.info('started', { port: endpoint.port, destination: settings.destination.kind });

  const listening = endpoint;
  return {
    endpoint: listening,
    dashboard,
    newLink: () => `/ui/open?code=${sessions.newCode()}`,
    dashboardFor: (client) => createDashboard(dashboardDeps, client),
    destination: description,
    isSimulated,
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

/** The keys of the configured webhooks; one without its secret would be unsigned, so there is none. */
async function openWebhooks({ webhooks }: Settings, secrets: Secrets): Promise<Map<string, WebhookTarget>> {
  const targets = new Map<string, WebhookTarget>();
  for (const { id, url } of webhooks) {
    const secret = await secrets.get(`webhook-secret:${id}`);
    if (secret === undefined) {
      const variable = id === 'productivity' ? ': set PRODUCTIVITY_WEBHOOK_SECRET' : '';
      throw new SettingsInvalid(`the webhook ${id} has no secret to sign with${variable}`);
    }
    targets.set(id, { url, key: webhookKey(secret) });
  }
  return targets;
}

/** What a crash left without a result gets one that says that nobody knows. */
async function closeInterrupted(store: Store, audit: AuditLog & { open(): void }): Promise<void> {
  audit.open();
  const open = store.openIntents();
  await Promise.all(
    open.map((intent) => audit.append(resultEntry(intent, { status: 'unknown' }, null, []), 'written')),
  );
}

function createDeadLetterBox(store: Store, audit: AuditLog, wake: () => void): DeadLetterBox {
  return {
    list: () => store.outbox.deadLetters(),
    async resend(id, webhook, client) {
      const letter = store.outbox.deadLetters().find((dead) => dead.id === id && dead.webhook === webhook);
      if (!letter) return false;
      await audit.append(newEntry('webhook', { popId: letter.popId, detail: webhook, client }), 'written');
      wake();
      return true;
    },
  };
}

/** Keyed, so that nobody who reads the log can try out whose data a digest is of. */
function createDigest(auditKey: string): Digest {
  // A KeyObject, because a key in bytes is made into one anew for every digest, which costs more than the digest.
  const root = createSecretKey(auditKey, 'base64');
  const key = createSecretKey(createHmac('sha256', root).update('poptray digest').digest());
  return (text) => createHmac('sha256', key).update(text).digest('base64url').slice(0, 22);
}
