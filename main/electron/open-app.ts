/** Starts the app behind the shell: folder, settings, secrets, log, endpoint. */
import { type App, startApp } from '../app.ts';
import { ensureCommandToken, forgetEndpoint, noteEndpoint, openHost } from '../host.ts';
import { createLogger } from '../platform/logger.ts';
import { type Environment, loadSettings } from '../platform/settings.ts';
import type { OpenedApp } from './run.ts';
import { shellSettingsOf } from './shell-settings.ts';

/** Throws what startApp and openHost throw. */
export async function openApp(env: Environment, dataDir: string): Promise<OpenedApp> {
  const host = openHost(env, dataDir);
  const settings = loadSettings(host.dataDir, env);
  const logger = createLogger({ dir: host.dataDir, level: settings.logLevel, console: true });
  const [secrets, localTokens] = await Promise.all([host.secrets(), host.localTokens()]);
  const app: App = await startApp({ ...host, localTokens, settings, secrets, logger });
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
