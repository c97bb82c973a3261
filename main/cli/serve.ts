/** Runs the app until it is told to stop, and tells the person at the terminal how to use it. */
import type { App } from '../app/app.ts';
import { launch } from '../app/launch.ts';
import { isSimulated, sayWhere } from '../destinations/registry.ts';
import { kindOfError, type Logger } from '../observability/logger.ts';
import { tellServiceManager } from '../platform/service-manager.ts';
import { shellQuoted } from '../platform/shell-quoted.ts';
import { watchStopRequests } from '../platform/stop-requests.ts';
import { EXIT } from './exit-codes.ts';
import { DASHBOARD_FOLDER } from './options.ts';
import { complain, explain, print } from './terminal.ts';

const SAMPLE_USER = '3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b';

interface ServeOptions {
  readonly port?: number;
  readonly dataDir?: string;
  /** Whether the simulator's agent desktop is opened in the browser, on the first run. */
  readonly open?: boolean;
}

/** Resolves when the app listens; who tells it to stop, also before that, stops it in order, a second request at once. */
export async function serve({ port, dataDir, open: isOpening = false }: ServeOptions): Promise<void> {
  const env = port === undefined ? process.env : { ...process.env, POPTRAY_PORT: String(port) };
  watchStopRequests(process.env, async ({ by, isRepeated }) => {
    if (isRepeated) process.exit(EXIT.failed);
    complain(`${by}: finishing what was accepted; once more to stop at once`);
    try {
      const { stop, logger } = await starting;
      logger.info('told to stop', { by });
      await Promise.all([stop(), tellManager(logger, 'STOPPING=1')]);
      process.exit(EXIT.ok);
    } catch (error) {
      process.exit(explain(error));
    }
  });
  const starting = launch({ env, dataDir, dashboardFolder: DASHBOARD_FOLDER });
  const launched = await starting;
  const elsewhere = dataDir ?? process.env.POPTRAY_DATA_DIR;
  const { app, logger, opened } = launched;
  const shut = app.shut();
  if (shut !== null) await tellManager(logger, `STATUS=${shut}`);
  void opened.then(() =>
    tellManager(logger, 'READY=1', `STATUS=Listens on ${app.endpoint.addresses.join(' and ')}`),
  );
  const isOpened = isOpening && (await tryOpening(app, logger));
  welcome(app, elsewhere ? ` --data-dir ${shellQuoted(launched.host.dataDir)}` : '', isOpened);
}

/** Pops do not hang on whether it hears. */
async function tellManager(logger: Logger, ...assignments: string[]): Promise<void> {
  try {
    await tellServiceManager(process.env, ...assignments);
  } catch (error) {
    logger.warn('systemd could not be told', { kind: kindOfError(error) });
  }
}

/** A person who has no browser still has the link. */
async function tryOpening(app: App, logger: Logger): Promise<boolean> {
  try {
    return await app.openDesktopOnce();
  } catch (error) {
    logger.warn('the agent desktop could not be opened', { why: (error as Error).message });
    return false;
  }
}

/** `folder` is what finds this poptray from another terminal; `isOpened`: the agent desktop is on its way to the screen. */
function welcome(app: App, folder: string, isOpened: boolean): void {
  const { endpoint, files, newLink, desktopLink, runtimeConfig } = app;
  const { outlets } = runtimeConfig.current;
  print(`poptray listens on ${endpoint.addresses.join(' and ')}`);
  print(`Pops go to ${sayWhere(outlets)}.`);
  for (const { outlet, isLocked } of outlets)
    if ('missing' in outlet && !isLocked)
      print(`NOT CONFIGURED: nothing is delivered to ${outlet.id} (${outlet.missing}).`);
  if (isSimulated(outlets)) {
    print('SIMULATED: no agent sees these pops. Set GENESYS_REGION or GENESYS_BASE_URL for the real thing.');
  }
  const hasDashboard = files.size > 0;
  // What is no terminal keeps what it is given: a journal, a log file.
  const isTerminal = process.stdout.isTTY;
  if (hasDashboard && !isTerminal)
    print(`\nFor a link to the dashboard: npm run -s poptray -- dashboard${folder}`);
  else if (hasDashboard)
    print(`\nThe dashboard opens once with this link:\n  ${endpoint.addresses[0]}${newLink()}`);
  if (isOpened) print('The agent desktop, where the pops appear, opens in your browser.');
  else if (hasDashboard && isSimulated(outlets) && !isTerminal)
    print(`For a link to the agent desktop, where the pops appear: npm run -s poptray -- desktop${folder}`);
  else if (hasDashboard && isSimulated(outlets))
    print(`The agent desktop, where the pops appear, opens once with this link:\n  ${desktopLink()}`);
  print('\nFire a pop from a second terminal:');
  print(
    `  npm run -s poptray -- trigger${folder} --user ${SAMPLE_USER} --data customerName='Ada Lovelace' --data caseId=C-1`,
  );
  print('or with curl:');
  print(`  TOKEN=$(npm run -s poptray -- token create${folder} curl)`);
  print(`  curl ${endpoint.addresses[0]}/trigger-screenpop -H "Authorization: Bearer $TOKEN" \\`);
  print(`    --json '{"userId":"${SAMPLE_USER}","customerData":{"customerName":"Ada Lovelace"}}'`);
}
