/** Starts the app behind the shell, which knows the system's proxies. */
import { session } from 'electron';
import { launch } from '../launch.ts';
import type { Environment } from '../platform/settings-environment.ts';
import type { OpenedApp } from './run.ts';
import { createSystemProxy } from './system-proxy.ts';

/** Throws what launch throws. Electron must be ready. */
export async function openApp(env: Environment, dataDir: string): Promise<OpenedApp> {
  const systemProxy = createSystemProxy(session.defaultSession);
  const { app, host, logger, stop } = await launch({ env, dataDir, systemProxy });
  return {
    dashboard: app.dashboard,
    dashboardFor: (client) => app.dashboardFor(client),
    followSettings: (pick, act) => app.setup.follow(({ settings }) => pick(settings), act),
    dataDir: host.dataDir,
    clock: host.clock,
    logger,
    stop,
  };
}
