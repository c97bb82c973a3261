/** Starts the app behind the shell: folder, settings, secrets, log, endpoint. */
import tls from 'node:tls';
import { startApp } from '../app.ts';
import { ensureCommandToken, forgetEndpoint, noteEndpoint, openHost } from '../host.ts';
import { createLogger, kindOfError } from '../platform/logger.ts';
import { openSettings } from '../platform/settings.ts';
import type { Environment } from '../platform/settings-environment.ts';
import { trustSystemCertificates } from './outgoing.ts';
import type { OpenedApp } from './run.ts';

/** Throws what startApp and openHost throw. */
export async function openApp(given: Environment, dataDir: string): Promise<OpenedApp> {
  const host = openHost(given, dataDir);
  const settings = openSettings(host.dataDir, given);
  const logger = createLogger({ dir: host.dataDir, level: settings.current.logLevel, console: true });
  try {
    trustSystemCertificates(tls);
  } catch (error) {
    logger.warn('system certificates cannot be read', { kind: kindOfError(error) });
  }
  const [secrets, localTokens] = await Promise.all([host.secrets(), host.localTokens()]);
  const app = await startApp({ ...host, localTokens, settings, secrets, logger });
  // Only now, because now the folder is ours alone.
  await ensureCommandToken(localTokens, secrets);
  noteEndpoint(host, app.endpoint.port);
  if (secrets.warning !== undefined) logger.warn(secrets.warning);
  return {
    dashboard: app.dashboard,
    dashboardFor: (client) => app.dashboardFor(client),
    followSettings: (pick, act) => app.setup.follow(({ settings }) => pick(settings), act),
    dataDir: host.dataDir,
    clock: host.clock,
    logger,
    async stop() {
      forgetEndpoint(host);
      await app.stop();
    },
  };
}
