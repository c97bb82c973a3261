/** Takes the data folder for this start: its lock is in there, and what Chromium keeps is in a folder of its own. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from 'electron';
import { claimDataDir } from '../app/bootstrap.ts';
import { defaultDataDir } from '../platform/data-dir.ts';
import type { Environment } from '../platform/environment.ts';

/** Throws what claimDataDir throws. Must run before the app is ready. */
export function claimFolder(app: Pick<App, 'setPath'>, dataDir: string): void {
  // Electron takes no folder that is not there, and would make one with other rights.
  claimDataDir(dataDir);
  const chromium = chromiumFolder(dataDir, process.env, process.platform);
  mkdirSync(chromium, { recursive: true, mode: 0o700 });
  app.setPath('userData', dataDir);
  app.setPath('sessionData', chromium);
}

/** Windows carries %APPDATA% from machine to machine, where Chromium's caches would slow every login down. */
export function chromiumFolder(dataDir: string, env: Environment, platform: NodeJS.Platform): string {
  const { LOCALAPPDATA } = env;
  const roams =
    platform === 'win32' && dataDir === defaultDataDir({ ...env, POPTRAY_DATA_DIR: undefined }, platform);
  return roams && LOCALAPPDATA ? join(LOCALAPPDATA, 'poptray', 'chromium') : join(dataDir, 'chromium');
}
