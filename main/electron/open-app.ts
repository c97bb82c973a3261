/** Starts the app behind the shell: folder, settings, secrets, log, endpoint. */
import tls from 'node:tls';
import { session } from 'electron';
import { startApp } from '../app.ts';
import { genesysHosts } from '../destinations/genesys-cloud.ts';
import { ensureCommandToken, forgetEndpoint, noteEndpoint, openHost } from '../host.ts';
import { createLogger, kindOfError } from '../platform/logger.ts';
import { type Environment, loadSettings } from '../platform/settings.ts';
import { trustSystemCertificates, withSystemProxy } from './outgoing.ts';
import type { OpenedApp } from './run.ts';
import { shellSettingsOf } from './shell-settings.ts';

/** Throws what startApp and openHost throw. */
export async function openApp(given: Environment, dataDir: string): Promise<OpenedApp> {
  const host = openHost(given, dataDir);
  const settings = loadSettings(host.dataDir, given);
  const logger = createLogger({ dir: host.dataDir, level: settings.logLevel, console: true });
  try {
    trustSystemCertificates(tls);
  } catch (error) {
    logger.warn('system certificates cannot be read', { kind: kindOfError(error) });
  }
  const { destination } = settings;
  const env =
    destination.kind === 'simulator'
      ? given
      : await withSystemProxy(given, genesysHosts(destination).apiBase, session.defaultSession, host.clock);
  const [secrets, localTokens] = await Promise.all([host.secrets(), host.localTokens()]);
  const app = await startApp({ ...host, env, localTokens, settings, secrets, logger });
  // Only now, because now the folder is ours alone.
  await ensureCommandToken(localTokens, secrets);
  noteEndpoint(host, app.endpoint.port);
  if (secrets.warning !== undefined) logger.warn(secrets.warning);
  return {
    dashboard: app.dashboard,
    dashboardFor: (client) => app.dashboardFor(client),
    settings: shellSettingsOf(settings),
    dataDir: host.dataDir,
    clock: host.clock,
    logger,
    async stop() {
      forgetEndpoint(host);
      await app.stop();
    },
  };
}
