/** `poptray doctor`: looks at everything a pop needs and says what is wrong and what to do about it. */
import { statfsSync } from 'node:fs';
import { Command } from 'commander';
import { chainKey } from '../audit/chain.ts';
import { auditDir } from '../audit/segments.ts';
import { verifyLog } from '../audit/verify.ts';
import { type Host, notedPort, openHost } from '../host.ts';
import { openOutlet } from '../outlet.ts';
import { errorTable } from '../pipeline/errors.ts';
import { TokenFailure } from '../pipeline/ports.ts';
import { loadSettings } from '../platform/settings.ts';
import { EXIT } from './exit-codes.ts';
import { callEndpoint } from './local-endpoint.ts';
import { print } from './terminal.ts';

/** Below this many bytes the audit log may soon not be writable. */
const LOW_DISK_BYTES = 100 * 1024 * 1024;
const TOKEN_TIMEOUT_MS = 10_000;

interface Finding {
  readonly check: string;
  readonly verdict: 'ok' | 'note' | 'fault';
  readonly detail: string;
}

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('check settings, secrets, log, disk and the connection to the destination')
    .option('--json', 'print the findings as JSON')
    .option('--data-dir <dir>', "poptray's data folder")
    .addHelpText('after', '\nExit codes: 0 nothing is wrong; 1 at least one fault.')
    .action(async (options: { json?: boolean; dataDir?: string }) => {
      const findings = await examine(options.dataDir);
      const marks = { ok: 'ok   ', note: 'note ', fault: 'FAULT' };
      if (options.json) print(JSON.stringify(findings));
      else for (const { check, verdict, detail } of findings) print(`${marks[verdict]}  ${check}: ${detail}`);
      process.exitCode = findings.some(({ verdict }) => verdict === 'fault') ? EXIT.failed : EXIT.ok;
    });
}

async function examine(dataDir: string | undefined): Promise<Finding[]> {
  const host = openHost(process.env, dataDir);
  const checks: [string, () => Promise<Omit<Finding, 'check'>> | Omit<Finding, 'check'>][] = [
    ['node', () => ok(process.version)],
    ['data folder', () => ok(host.dataDir)],
    ['disk', () => checkDisk(host)],
    ['settings', () => checkSettings(host)],
    ['secrets', () => checkSecrets(host)],
    ['audit log', () => checkLog(host)],
    ['endpoint', () => checkEndpoint(host)],
    ['destination', () => checkDestination(host)],
  ];
  const findings: Finding[] = [];
  for (const [check, run] of checks) {
    try {
      findings.push({ check, ...(await run()) });
    } catch (error) {
      findings.push({ check, ...fault((error as Error).message) });
    }
  }
  return findings;
}

const ok = (detail: string) => ({ verdict: 'ok' as const, detail });
const note = (detail: string) => ({ verdict: 'note' as const, detail });
const fault = (detail: string) => ({ verdict: 'fault' as const, detail });

function checkDisk({ dataDir }: Host) {
  const { bavail, bsize } = statfsSync(dataDir);
  const free = `${Math.round((bavail * bsize) / 1024 / 1024)} MiB free`;
  return bavail * bsize < LOW_DISK_BYTES
    ? fault(`${free}: without space nothing is delivered; make some`)
    : ok(free);
}

function checkSettings({ dataDir, env }: Host) {
  const { applications, popPhases, port } = loadSettings(dataDir, env);
  return ok(
    `port ${port}; applications ${applications.map(({ id }) => id).join(', ')}; pops on ${popPhases.join(', ')}`,
  );
}

async function checkSecrets(host: Host) {
  const { warning } = await host.secrets();
  return warning === undefined ? ok('kept in the OS keychain') : note(warning);
}

async function checkLog(host: Host) {
  const secret = await (await host.secrets()).get('audit-key');
  if (secret === undefined) return note('none yet');
  const { verdict, entries, fault: bad } = verifyLog(auditDir(host.dataDir), chainKey(secret));
  if (verdict === 'whole') return ok(`${entries} entries, whole`);
  if (verdict === 'torn') return note('the last line was never finished; the next start mends it');
  return fault(
    `tampered with at entry ${bad?.seq}: ${bad?.reason}; keep the folder for whoever looks into it`,
  );
}

async function checkEndpoint({ dataDir }: Host) {
  const port = notedPort(dataDir);
  if (port === undefined) return note('poptray is not running; start it with "npm start"');
  const { status } = await callEndpoint(port, undefined, { method: 'GET', path: '/healthz' });
  return status === 200
    ? ok(`listens on port ${port}`)
    : fault(`port ${port} answers ${status}; is it another program?`);
}

async function checkDestination(host: Host) {
  const settings = loadSettings(host.dataDir, host.env);
  const { outlet, description, isSimulated, stop } = await openOutlet(
    settings,
    await host.secrets(),
    host.clock,
  );
  try {
    if ('missing' in outlet) return fault(`${description}: ${outlet.missing}`);
    await outlet.destination.tokens.get(AbortSignal.timeout(TOKEN_TIMEOUT_MS));
    if (isSimulated) return note('simulated: no agent sees the pops; set GENESYS_REGION or GENESYS_BASE_URL');
    return ok(`${description} gave a token`);
  } catch (error) {
    if (!(error instanceof TokenFailure)) throw error;
    const { title, hint } = errorTable[error.code];
    return fault(`${description}: ${title}. ${hint}`);
  } finally {
    await stop();
  }
}
