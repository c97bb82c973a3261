/** The life of the tray app: one instance, start, activations, orderly end. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { app, dialog, protocol } from 'electron';
import { claimDataDir, dataDirOf } from '../host.ts';
import { kindOfError } from '../platform/logger.ts';
import type { Environment } from '../platform/settings-environment.ts';
import { watchActivations } from './activations.ts';
import { readArguments } from './arguments.ts';
import { dashboardScheme } from './protocol.ts';
import { stopBeforeQuit } from './quit.ts';
import { type Shell, type ShellDeps, startShell } from './shell.ts';
import { explainStartupFault } from './startup-fault.ts';

/** Also the name under which Windows files the notices. */
const APP_ID = 'com.poptray.app';

/** What the shell needs of a started app, and how to stop it. */
export interface OpenedApp extends Omit<ShellDeps, 'isQuitting'> {
  stop(): Promise<void>;
}

/** Runs until it is told to quit. `open` starts the app behind the shell; what it throws is told in a dialog. */
export function runShell(open: (env: Environment, dataDir: string) => Promise<OpenedApp>): void {
  let opened: OpenedApp | undefined;
  const { port, dataDir: named, isHidden, url } = readArguments(process.argv);
  const env = port === undefined ? process.env : { ...process.env, POPTRAY_PORT: port };
  const dataDir = dataDirOf(env, named);

  app.enableSandbox();
  app.setAppUserModelId(APP_ID);
  protocol.registerSchemesAsPrivileged([dashboardScheme]);
  try {
    claimFolder(dataDir);
  } catch (error) {
    void app.whenReady().then(() => giveUp(error));
    return;
  }
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return;
  }
  const activations = watchActivations(app);
  let shell: Shell | undefined;
  const quit = stopBeforeQuit(
    app,
    async () => {
      await starting;
      // From here on nothing is taken any more, so that nothing comes to a stopped app.
      activations.attach({ show() {}, openUrl() {} });
      shell?.stop();
      await opened?.stop();
    },
    (error) => opened?.logger.error('stop failed', { kind: kindOfError(error) }),
  );
  // Without a listener the app would end with its last window; this one lives in the tray.
  app.on('window-all-closed', () => {});
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => app.quit());
  if (app.isPackaged) app.setAsDefaultProtocolClient('poptray');

  const starting = app.whenReady().then(start).catch(giveUp);

  async function start(): Promise<void> {
    opened = await open(env, dataDir);
    if (quit.isUnderWay()) return;
    shell = await startShell({ ...opened, isQuitting: quit.isUnderWay });
    if (quit.isUnderWay()) return;
    if (url !== undefined) void shell.openUrl(url);
    else if (!isHidden) shell.show();
    activations.attach(shell);
  }

  function giveUp(error: unknown): void {
    dialog.showErrorBox('poptray cannot start', explainStartupFault(error));
    // Nothing is left to wait for when opening has failed; when the shell has, the app must end in order.
    if (opened === undefined) app.exit(1);
    else app.quit();
  }
}

/** One instance for each data folder: the lock is in there. What Chromium keeps gets a folder of its own in it. */
function claimFolder(dataDir: string): void {
  // Electron takes no folder that is not there, and would make one with other rights.
  claimDataDir(dataDir);
  const chromium = join(dataDir, 'chromium');
  mkdirSync(chromium, { recursive: true, mode: 0o700 });
  app.setPath('userData', dataDir);
  app.setPath('sessionData', chromium);
}
