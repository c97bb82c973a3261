/** Opens a data folder and starts the app in it: for headless and for the shell alike. */

import { setTimeout as pass } from 'node:timers/promises';
import packageJson from '../../package.json' with { type: 'json' };
import { sayCause } from '../../shared/causes.ts';
import { isLogLocked, lockLog } from '../audit/format/lock.ts';
import { auditDir } from '../audit/format/segments.ts';
import { openSettings } from '../config/settings.ts';
import { PortTaken } from '../endpoint/listen.ts';
import { createDispatcher } from '../network/dispatcher.ts';
import { noProxyIn, type ProxyFor } from '../network/proxies.ts';
import { type AllowedFor, createPublicConnector } from '../network/public-connect.ts';
import { createLogger, kindOfError, type Logger } from '../observability/logger.ts';
import { beside } from '../observability/troubles.ts';
import { createBrowser } from '../platform/browser.ts';
import type { Environment } from '../platform/environment.ts';
import { outliveReaders } from '../platform/lost-output.ts';
import type { PageWindows } from '../platform/page-windows.ts';
import { portCause } from '../platform/port-holder.ts';
import { readStaticFiles } from '../platform/static-files.ts';
import { isMoved } from '../secrets/folder-place.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { createUnlockRetry, type UnlockRetry } from '../secrets/unlock-retry.ts';
import { type App, startApp } from './app.ts';
import {
  demandOnlyFolder,
  demandThisMachine,
  forgetEndpoint,
  type Host,
  noteEndpoint,
  openHost,
} from './bootstrap.ts';
import { ensureCommandToken } from './command-token.ts';

/** One that is stopping holds its folder a little longer than its port: so long a start waits for it, in milliseconds. */
const HANDOVER_MS = 3000;

/** Errors that a start ends with in words of their own. */
const SPEAKING: ReadonlySet<string> = new Set([
  'PortTaken',
  'LogLocked',
  'SettingsInvalid',
  'SecretsLocked',
  'SecretTooLong',
  'HostUnfit',
  'AuditKeyMissing',
  'LockUnfit',
]);

export interface LaunchOptions {
  readonly env: Environment;
  /** Wins over POPTRAY_DATA_DIR. */
  readonly dataDir?: string | undefined;
  /** Whether any free port will do where the usual one is taken and nobody has named it. */
  readonly isPortFree?: boolean;
  /** The folder of the built dashboard, for `/ui/`. */
  readonly dashboardFolder?: string;
  /** The system's proxies; without it only those of the environment are known. */
  readonly systemProxy?: ProxyFor;
  /** The system's way to open an address in the browser; without it a program that does so. */
  readonly openExternal?: (url: string) => Promise<undefined>;
  /** For pages of customers; without it there are none. */
  readonly windows?: PageWindows;
}

export interface Launched {
  readonly app: App;
  readonly host: Host;
  readonly logger: Logger;
  /** Resolves when the log is open: at once, or when its keys can be had. */
  readonly opened: Promise<void>;
  stop(): Promise<void>;
  /** What can be done at once, where there is no time for a stop: the log is durable and signed for, and the note of the port gone. */
  abandon(): void;
}

/** Throws what openHost, openSettings and startApp throw; what keeps a folder from being opened stands in its program log. */
export async function launch(options: LaunchOptions): Promise<Launched> {
  outliveReaders();
  const host = openHost(options.env, options.dataDir);
  try {
    return await launchIn(host, options);
  } catch (thrown) {
    const error = saidWhose(thrown);
    const logger = createLogger({ dir: host.dataDir, level: 'error', console: false });
    logger.error('start failed', { version: packageJson.version, fault: faultOf(error) });
    throw error;
  }
}

async function launchIn(
  host: Host,
  { env, dashboardFolder, systemProxy, openExternal, windows, isPortFree = false }: LaunchOptions,
): Promise<Launched> {
  await awaitHandover(host.dataDir);
  demandThisMachine(host);
  demandOnlyFolder(host);
  const settings = openSettings(host.dataDir, env);
  const logger = createLogger({ dir: host.dataDir, level: settings.current.logLevel, console: true });
  if (settings.fault !== null)
    logger.warn('the last good copy of the settings counts', { fault: settings.fault });
  const proxies = { env, system: systemProxy };
  for (const entry of noProxyIn(env).unknown)
    logger.warn('an entry of NO_PROXY is no host, address or range, and counts for nothing', { entry });
  const dispatcher = createDispatcher(proxies, host.clock);
  const webhookDispatcher = (allowedFor: AllowedFor) =>
    createDispatcher(proxies, host.clock, createPublicConnector(undefined, allowedFor));
  const [secrets, localTokens] = await Promise.all([openSecrets(host), host.localTokens()]);
  let unlockRetry: UnlockRetry | undefined;
  const app = await startApp({
    ...host,
    dispatcher,
    webhookDispatcher,
    proxies,
    localTokens,
    settings,
    secrets,
    logger,
    readDashboard: dashboardFolder === undefined ? undefined : () => readStaticFiles(dashboardFolder),
    browser: createBrowser(env, openExternal),
    windows,
    isPortFree: isPortFree && !settings.isPortNamed,
    onWanted: () => unlockRetry?.tryNow(),
  });
  // Only now, because now the folder is ours alone.
  const shut = app.shut();
  const { promise: opened, resolve: tellOpened } = Promise.withResolvers<void>();
  if (shut === null) tellOpened();
  else unlockRetry = openLater(shut, tellOpened);
  // Pops need none of these.
  const { report } = app.troubles;
  await beside(
    report,
    'command',
    'the poptray command does not find this poptray, or has no token for it',
    async () => {
      noteEndpoint(host, app.endpoint);
      if (shut === null) await ensureCommandToken(host, localTokens);
    },
  );
  await beside(
    report,
    'settings copy',
    'there is no copy of the settings for when their file is broken',
    settings.keepGood,
  );
  if (secrets.warning !== undefined) logger.warn(secrets.warning);
  return {
    app,
    host,
    logger,
    opened,
    abandon() {
      app.syncNow();
      forgetEndpoint(host);
    },
    async stop() {
      unlockRetry?.stop();
      forgetEndpoint(host);
      await app.stop();
    },
  };

  function openLater(fault: string, onOpen: () => void): UnlockRetry {
    logger.warn('nothing is delivered until the keychain can be used', { fault });
    return createUnlockRetry(host.clock, async (stopped) => {
      await secrets.lookAgain();
      if (stopped.aborted || !(await app.unlock())) return false;
      await ensureCommandToken(host, localTokens);
      logger.warn('the keychain can be used: pops are delivered');
      onOpen();
      return true;
    });
  }
}

/** Who has the port is looked up once it is known that we cannot have it. */
function saidWhose(error: unknown): unknown {
  if (!(error instanceof PortTaken) || error.port === undefined) return error;
  return new PortTaken(sayCause(portCause(error.port, error.isForbidden)));
}

/** Our own errors say nothing of a customer; of others the kind is enough. */
function faultOf(error: unknown): string {
  return SPEAKING.has((error as Error)?.name) ? (error as Error).message : kindOfError(error);
}

/** Two starts at once would each move the keychain's items, one of them over what the other has written since. */
async function openSecrets(host: Host): Promise<Secrets> {
  const lock = isMoved(host.dataDir) ? lockLog(auditDir(host.dataDir)) : undefined;
  try {
    return await host.secrets(true);
  } finally {
    lock?.release();
  }
}

async function awaitHandover(dataDir: string): Promise<void> {
  const until = performance.now() + HANDOVER_MS;
  while (isLogLocked(auditDir(dataDir)) && performance.now() < until) await pass(100);
}
