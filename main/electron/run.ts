/** The life of the tray app: one instance, start, activations, orderly end. */
import { app, BaseWindow, dialog, protocol } from 'electron';
import packageJson from '../../package.json' with { type: 'json' };
import { dataDirOf } from '../app/bootstrap.ts';
import { kindOfError } from '../observability/logger.ts';
import type { Environment } from '../platform/environment.ts';
import { outliveReaders } from '../platform/lost-output.ts';
import { watchActivations } from './activations.ts';
import { isMeantForCommand, readArguments } from './arguments.ts';
import { claimFolder } from './claim-folder.ts';
import { endOnFault } from './end-on-fault.ts';
import { dashboardScheme } from './protocol.ts';
import { stopBeforeQuit } from './quit.ts';
import { watchSessionEnd } from './session-end.ts';
import { type Shell, type ShellDeps, startShell } from './shell.ts';
import { explainStartupFault } from './startup-fault.ts';
import { withholdAddresses } from './withhold-addresses.ts';

/** Also the name under which Windows files the notices. */
const APP_ID = 'com.poptray.app';
/** By which Windows finds the program that a notice of an earlier start belongs to; made once, never to be changed. */
const TOAST_ACTIVATOR = '{7D4F0C52-9B1E-4C36-8A57-2E6D31B9F0A4}';

/** The exit code of a wrong call, as the command has it (EX_USAGE). */
const USAGE = 64;
const FAILED = 'poptray cannot start';
const NO_COMMAND =
  'This is the tray application: it takes --port, --data-dir, --hidden, --open, --no-open, --version and a poptray: URL. The poptray command is ' +
  'another program: "npm run -s poptray -- --help" in a checkout, "poptray" where the npm package is installed ' +
  '(docs/command-line.md).\n';

/** What the shell needs of a started app, and how to stop it. */
export interface OpenedApp extends Omit<ShellDeps, 'isQuitting'> {
  stop(): Promise<void>;
  /** Opens the simulator's agent desktop in the browser, the first time that poptray runs with this folder. */
  openDesktopOnce(): Promise<boolean>;
  /** What can be done at once, where there is no time for a stop. */
  abandon(): void;
}

/** Runs until it is told to quit. `open` starts the app behind the shell; what it throws is told in a dialog. */
export function runShell(open: (env: Environment, dataDir: string) => Promise<OpenedApp>): void {
  // Before anything that can write: a terminal may be closed at any time.
  outliveReaders();
  withholdAddresses(process);
  let opened: OpenedApp | undefined;
  // A script that takes this for the command must not believe that its log was verified.
  if (isMeantForCommand(process.argv, app.isPackaged)) {
    process.stderr.write(NO_COMMAND);
    app.exit(USAGE);
    return;
  }
  const { port, dataDir: named, isHidden, isOpening, isVersionWanted, url } = readArguments(process.argv);
  if (isVersionWanted) {
    process.stdout.write(`poptray ${packageJson.version}\n`);
    app.exit(0);
    return;
  }
  const env = port === undefined ? process.env : { ...process.env, POPTRAY_PORT: port };

  app.enableSandbox();
  app.setAppUserModelId(APP_ID);
  if (process.platform === 'win32') app.setToastActivatorCLSID(TOAST_ACTIVATOR);
  protocol.registerSchemesAsPrivileged([dashboardScheme]);
  let dataDir: string;
  try {
    dataDir = dataDirOf(env, named);
    claimFolder(app, dataDir);
  } catch (error) {
    void app.whenReady().then(() => {
      dialog.showErrorBox(FAILED, explainStartupFault(error));
      app.exit(1);
    });
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
  endOnFault(process, {
    note(event, error) {
      const kind = kindOfError(error);
      if (opened) opened.logger.error(event, { kind });
      else process.stderr.write(`poptray: ${event} (${kind})\n`);
    },
    end: () =>
      fail(
        'poptray has ended',
        'It came upon a fault of its own. logs/poptray.log has its kind; start it again.',
      ),
  });
  // Without a listener the app would end with its last window; this one lives in the tray.
  app.on('window-all-closed', () => {});
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => app.quit());
  const hasScheme = !app.isPackaged || app.setAsDefaultProtocolClient('poptray');

  const starting = app.whenReady().then(start).catch(giveUp);

  async function start(): Promise<void> {
    opened = await open(env, dataDir);
    const { clock, reportTrouble, abandon } = opened;
    if (quit.isUnderWay()) return;
    reportTrouble(
      'scheme',
      '',
      hasScheme
        ? null
        : { code: 'not_registered', why: 'the system does not have poptray: URLs opened by poptray' },
    );
    if (process.platform === 'win32')
      watchSessionEnd(new BaseWindow({ show: false }), {
        clock,
        ending: () => void quit.stop(),
        ended: abandon,
        calledOff() {
          app.relaunch();
          app.exit(0);
        },
      });
    shell = await startShell({ ...opened, isQuitting: quit.isUnderWay });
    if (quit.isUnderWay()) return;
    if (url !== undefined) void shell.openUrl(url);
    else if (!isHidden && !activations.hasUrl() && !isLoginItem()) shell.show();
    activations.attach(shell);
    if (isOpening) await opened.openDesktopOnce().catch(noteNoBrowser);
  }

  function noteNoBrowser(error: unknown): void {
    opened?.logger.warn('the agent desktop could not be opened', { why: (error as Error).message });
  }

  function giveUp(error: unknown): void {
    fail(FAILED, explainStartupFault(error));
  }

  /** Everything stands still behind an error box, so that it comes last, and holds up no other start. */
  function fail(title: string, text: string): void {
    quit.fail(() => {
      app.releaseSingleInstanceLock();
      dialog.showErrorBox(title, text);
    });
  }
}

/** macOS gives a login item no arguments. */
function isLoginItem(): boolean {
  return process.platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin;
}
