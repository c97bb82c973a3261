/** Starts the app behind the shell, which knows the system's proxies. */
import { join } from 'node:path';
import { app as electron, session, shell } from 'electron';
import { launch } from '../app/launch.ts';
import type { Environment } from '../platform/environment.ts';
import type { OpenedApp } from './run.ts';
import { createSystemProxy } from './system-proxy.ts';

/** Throws what launch throws. Electron must be ready. */
export async function openApp(env: Environment, dataDir: string): Promise<OpenedApp> {
  const systemProxy = createSystemProxy(session.defaultSession);
  const { app, host, logger, stop, abandon } = await launch({
    env,
    dataDir,
    dashboardFolder: join(electron.getAppPath(), 'dist/renderer'),
    systemProxy,
    openExternal: (url) => shell.openExternal(url).then(() => undefined),
    // Two users of one machine both have a poptray, and a dialog at each login helps neither.
    isPortFree: true,
  });
  return {
    files: app.files,
    dashboard: app.dashboard,
    openDesktopOnce: app.openDesktopOnce,
    openInBrowser: app.openInBrowser,
    dashboardFor: (client) => app.dashboardFor(client),
    followSettings: (pick, act) => app.runtimeConfig.select(({ settings }) => pick(settings)).subscribe(act),
    reportTrouble: app.troubles.report,
    dataDir: host.dataDir,
    clock: host.clock,
    logger,
    stop,
    abandon,
  };
}
