/** The tray, the window and what hangs on them, put together around a dashboard. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  app,
  BrowserWindow,
  clipboard,
  dialog,
  ipcMain,
  Menu,
  type MessageBoxOptions,
  Notification,
  nativeImage,
  nativeTheme,
  powerMonitor,
  protocol,
  session,
  Tray,
  type WebContents,
} from 'electron';
import type { ApiResult } from '../../shared/api.ts';
import type { Settings } from '../../shared/settings.ts';
import type { ReportTrouble } from '../../shared/trouble.ts';
import type { Dashboard } from '../api/api.ts';
import { faultTeller } from '../observability/fault-teller.ts';
import { kindOfError, type Logger } from '../observability/logger.ts';
import type { Clock } from '../pipeline/ports.ts';
import type { StaticFile } from '../platform/static-files.ts';
import type { ActivationHandlers } from './activations.ts';
import { appMenuTemplate } from './app-menu.ts';
import { createCallerQuestions } from './ask-caller.ts';
import { setAutostart } from './autostart.ts';
import { confirmingChanges } from './confirm-changes.ts';
import { copyAddress } from './copy-address.ts';
import { feedEvents } from './event-feed.ts';
import { createImages } from './images.ts';
import { handleIpc } from './ipc.ts';
import { openKnownCallers } from './known-callers.ts';
import type { MenuActions } from './menu-template.ts';
import { confineContents, denyPermissions } from './navigation.ts';
import { createNotices, tellRefused } from './notices.ts';
import { createNotifier } from './notifications.ts';
import { watchPower } from './power.ts';
import { createProtocolHandler, dashboardScheme } from './protocol.ts';
import { createLogSaver } from './save-log.ts';
import { createSchemeCaller } from './scheme-caller.ts';
import { sendTestPop } from './test-pop.ts';
import { createTray } from './tray.ts';
import { hasTrayHost, whenTrayHostComes } from './tray-host.ts';
import { startUpdates } from './updates.ts';
import { createMainWindow, VIEWS } from './window.ts';

export interface ShellDeps {
  /** The built dashboard. */
  readonly files: ReadonlyMap<string, StaticFile>;
  readonly dashboard: Dashboard;
  /** Acts under the name of another client. */
  readonly dashboardFor: (client: string) => Pick<Dashboard, 'call'>;
  /** Calls `act` with what `pick` takes of the settings, now and whenever it is another; returns its end. */
  readonly followSettings: <T>(pick: (settings: Settings) => T, act: (picked: T) => void) => () => void;
  readonly reportTrouble: ReportTrouble;
  /** Puts on record that something of a client was not taken, and why. */
  readonly noteRefused: (client: string, reason: string) => void;
  /** Has the system's browser open an address, for this user alone. */
  readonly openInBrowser: (address: string) => Promise<void>;
  /** Whether a page is kept within bounds of its own. */
  readonly isConfined: (contents: WebContents) => boolean;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly isQuitting: () => boolean;
}

export interface Shell extends ActivationHandlers {
  /** Takes the tray away and lets nothing in any more. */
  stop(): void;
}

/** Resolves when the tray is there. Electron must be ready. */
export async function startShell(deps: ShellDeps): Promise<Shell> {
  const { dashboard, clock, logger, reportTrouble } = deps;
  const { platform } = process;
  const root = app.getAppPath();
  const onFault = faultTeller(logger, clock);
  let refresh = () => {};

  Menu.setApplicationMenu(Menu.buildFromTemplate(appMenuTemplate(platform)));
  confineContents(
    app,
    (url) => void deps.openInBrowser(url).catch(onFault('open in the browser')),
    deps.isConfined,
  );
  denyPermissions(session.defaultSession);
  protocol.handle(dashboardScheme.scheme, createProtocolHandler(deps.files));

  const window = createMainWindow({
    BrowserWindow,
    preload: join(root, 'dist/main/preload.cjs'),
    icon: join(root, 'build/icon.png'),
    hasDevTools: !app.isPackaged,
    isQuitting: deps.isQuitting,
    clock,
    onGone: (reason) => logger.error('dashboard page gone', { reason }),
  });
  const openPop = (popId: string) => window.show(VIEWS.pop(popId));
  const { say } = createNotices({
    make: (options) => new Notification(options),
    isSupported: () => Notification.isSupported(),
    onState: tellRefused(reportTrouble),
  });
  const notifier = createNotifier({ say, clock, openPop });
  // A click on a notice whose object has gone, such as with an earlier start; where there is one, its view comes as well.
  if (platform === 'win32') Notification.handleActivation(() => window.show());
  const ask = async (options: MessageBoxOptions) => dialog.showMessageBox(await window.shown(), options);
  const questions = createCallerQuestions({
    ask,
    say,
    onChange: () => refresh(),
  });

  const actions: MenuActions = {
    openDashboard: () => window.show(),
    openPop,
    sendTestPop: () => {
      const openForm = () => window.show(VIEWS.test);
      sendTestPop({ dashboard, notifier, openForm, openPop }).catch(onFault('test pop'));
    },
    answerCaller: questions.answerFirst,
    pause: (length) => dashboard.call('pause', { for: length }).catch(onFault('pause')),
    copyAddress: () => copyAddress({ dashboard, clipboard, dialog, platform }).catch(onFault('copy')),
    openSettings: () => window.show(VIEWS.settings),
    about: () => app.showAboutPanel(),
    quit: () => app.quit(),
  };
  const tray = await createTray({
    makeTray: (image) => new Tray(image),
    opensOnClick: platform !== 'darwin',
    callers: questions.waiting,
    makeMenu: (template) => Menu.buildFromTemplate(template),
    icon: createImages({ nativeImage, nativeTheme, platform, root }),
    dashboard,
    actions,
    clock,
  });
  refresh = () => void tray.refresh().catch(onFault('tray'));
  nativeTheme.on('updated', refresh);
  // Timers stood still meanwhile, such as that of a pause which is over by now.
  const awake = () => {
    refresh();
    const tell = (status: ApiResult<'status'>) => {
      if (status.ok) window.send([{ type: 'status', status: status.value }]);
    };
    dashboard.call('status', {}).then(tell).catch(onFault('after a suspend'));
  };
  const takeFault = (fault: string | null) => notifier.takeFault(fault, () => window.show());
  const first = await dashboard.call('status', {});
  if (first.ok) takeFault(first.value.auditFault);

  let endUpdates = () => {};

  const ends = [
    handleIpc({
      ipc: ipcMain,
      dashboard: confirmingChanges(dashboard, ask),
      saveLog: createLogSaver(dialog, dashboard),
      onFault: onFault('dashboard call'),
    }),
    feedEvents(dashboard, clock, (events) => window.send(events)),
    dashboard.subscribe((event) => {
      if (event.type === 'entry') notifier.take(event.entry);
      if (event.type === 'status') takeFault(event.status.auditFault);
      if (event.type === 'pairing') notifier.takePairing(event, () => window.show(VIEWS.settings));
    }),
    watchPower(powerMonitor, { awake, shutdown: () => app.quit() }),
    deps.followSettings(
      ({ autostart }) => autostart,
      (isOn) => {
        const { env, execPath } = process;
        try {
          setAutostart(isOn, { app, platform, env, execPath, home: homedir() });
          reportTrouble('autostart', '', null);
        } catch (error) {
          reportTrouble('autostart', '', {
            code: kindOfError(error),
            why: `whether poptray starts at login could not be set (${kindOfError(error)})`,
          });
        }
      },
    ),
    deps.followSettings(
      ({ updateFeed }) => updateFeed,
      (feed) => {
        endUpdates();
        endUpdates = startUpdates(feed, {
          load: async () => (await import('electron-updater')).default.autoUpdater as never,
          clock,
          report: (cause) => reportTrouble('updates', '', cause),
        });
      },
    ),
    () => endUpdates(),
    () => nativeTheme.removeListener('updated', refresh),
    platform === 'linux' ? whenTrayHostComes(hasTrayHost, clock, tray.renew) : () => {},
    () => tray.destroy(),
  ];

  return {
    show: () => window.show(),
    openUrl: createSchemeCaller({
      dashboardFor: deps.dashboardFor,
      clock,
      known: openKnownCallers(deps.dataDir, reportTrouble),
      ask: questions.ask,
      onRefused(reason, client) {
        logger.warn('URL refused', { reason });
        if (client !== undefined) deps.noteRefused(client, reason);
      },
      tell: notifier.takeRefusal,
    }),
    stop() {
      for (const end of ends) end();
    },
  };
}
