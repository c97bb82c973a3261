/** Starts the app behind the shell, which knows the system's proxies, its browser and its windows. */
import { join } from 'node:path';
import { app as electron, session, shell } from 'electron';
import { type Launched, launch } from '../app/launch.ts';
import type { Environment } from '../platform/environment.ts';
import { openWindows } from './open-windows.ts';
import type { OpenedApp } from './run.ts';
import { createSystemProxy } from './system-proxy.ts';

/** Throws what launch throws. Electron must be ready. */
export async function openApp(env: Environment, dataDir: string): Promise<OpenedApp> {
  const systemProxy = createSystemProxy(session.defaultSession);
  let launched: Launched | undefined;
  // Windows come with pops, so there is an app by then.
  const windows = openWindows(dataDir, () => launched);
  launched = await launch({
    env,
    dataDir,
    dashboardFolder: join(electron.getAppPath(), 'dist/renderer'),
    systemProxy,
    openExternal: (url) => shell.openExternal(url).then(() => undefined),
    windows,
    // Two users of one machine both have a poptray, and a dialog at each login helps neither.
    isPortFree: true,
  });
  const { app, host, logger, stop, abandon } = launched;
  return {
    files: app.files,
    dashboard: app.dashboard,
    openDesktopOnce: app.openDesktopOnce,
    openInBrowser: app.openInBrowser,
    isConfined: windows.owns,
    dashboardFor: (client) => app.dashboardFor(client),
    noteRefused: app.noteRefused,
    followSettings: (pick, act) => app.runtimeConfig.select(({ settings }) => pick(settings)).subscribe(act),
    reportTrouble: app.troubles.report,
    dataDir: host.dataDir,
    clock: host.clock,
    logger,
    async stop() {
      await stop();
      windows.destroy();
    },
    abandon,
  };
}
