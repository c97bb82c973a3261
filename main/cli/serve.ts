/** Runs the app until it is told to stop, and tells the person at the terminal how to use it. */
import { join } from 'node:path';
import type { App } from '../app/app.ts';
import { launch } from '../app/launch.ts';
import { isSimulated, sayWhere } from '../destinations/registry.ts';
import { kindOfError, type Logger } from '../observability/logger.ts';
import { tellServiceManager } from '../platform/service-manager.ts';
import { shellQuoted } from '../platform/shell-quoted.ts';
import { watchStopRequests } from '../platform/stop-requests.ts';
import { EXIT } from './exit-codes.ts';
import { complain, explain, print } from './terminal.ts';

/** Where `npm run build` puts the dashboard. */
const DASHBOARD_FOLDER = join(import.meta.dirname, '../../dist/renderer');

const SAMPLE_USER = '3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b';

/** Resolves when the app listens; who tells it to stop, also before that, stops it in order, a second request at once. */
export async function serve({ port, dataDir }: { port?: number; dataDir?: string }): Promise<void> {
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
  welcome(app, elsewhere ? ` --data-dir ${shellQuoted(launched.host.dataDir)}` : '');
}

/** Pops do not hang on whether it hears. */
async function tellManager(logger: Logger, ...assignments: string[]): Promise<void> {
  try {
    await tellServiceManager(process.env, ...assignments);
  } catch (error) {
    logger.warn('systemd could not be told', { kind: kindOfError(error) });
  }
}

/** `folder` is what finds this poptray from another terminal. */
function welcome(app: App, folder: string): void {
  const { endpoint, files, newLink, runtimeConfig } = app;
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
  if (hasDashboard && !process.stdout.isTTY)
    print(`\nFor a link to the dashboard: npm run -s poptray -- dashboard${folder}`);
  else if (hasDashboard)
    print(`\nThe dashboard opens once with this link:\n  ${endpoint.addresses[0]}${newLink()}`);
  print('\nFire a pop from a second terminal:');
  print(
    `  npm run -s poptray -- trigger${folder} --user ${SAMPLE_USER} --data customerName='Ada Lovelace' --data caseId=C-1`,
  );
  print('or with curl:');
  print(`  TOKEN=$(npm run -s poptray -- token create${folder} curl)`);
  print(`  curl ${endpoint.addresses[0]}/trigger-screenpop -H "Authorization: Bearer $TOKEN" \\`);
  print(`    --json '{"userId":"${SAMPLE_USER}","customerData":{"customerName":"Ada Lovelace"}}'`);
}
