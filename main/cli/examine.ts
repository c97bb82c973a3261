/** All checks of `poptray doctor`: those of the folder, and those that the poptray which runs makes itself. */

import { accessSync, constants } from 'node:fs';
import { createServer } from 'node:net';
import * as z from 'zod';
import packageJson from '../../package.json' with { type: 'json' };
import { makeCause, sayCause } from '../../shared/causes.ts';
import { verificationMade } from '../../shared/change.ts';
import {
  type Finding,
  fault,
  findingSchema,
  makeChecks,
  note,
  ok,
  type Result,
} from '../../shared/finding.ts';
import { plural } from '../../shared/plural.ts';
import { sayTrouble } from '../../shared/say-trouble.ts';
import { claimDataDir, copyFault, type Host, notedEndpoint } from '../app/bootstrap.ts';
import { examine as examineHere, type Premises } from '../app/examine.ts';
import { checkpointPath } from '../audit/checkpoints/checkpoint-file.ts';
import { gatherEvidence } from '../audit/checkpoints/evidence.ts';
import { canLock } from '../audit/format/lock.ts';
import { auditDir } from '../audit/format/segments.ts';
import type { Verdict } from '../audit/verify/verify.ts';
import { verifyInSteps } from '../audit/verify/verify-in-steps.ts';
import { openSettings } from '../config/settings.ts';
import { readTroubles } from '../observability/troubles.ts';
import { createClockCheck } from '../platform/clock-check.ts';
import { freeBytes, spaceWarning } from '../platform/free-space.ts';
import { portCause } from '../platform/port-holder.ts';
import { askSystemTime } from '../platform/system-time.ts';
import { callEndpoint, findToken } from './local-endpoint.ts';
import { isHome, putOnRecord, stand } from './put-on-record.ts';

const CHECKS: Readonly<Record<string, (host: Host) => Promise<Result> | Result>> = {
  version: () =>
    ok(`poptray ${packageJson.version} on Node ${process.version.slice(1)}, ${process.platform}`),
  'data folder': checkFolder,
  disk: checkDisk,
  retention: checkRetention,
  endpoint: checkEndpoint,
};

/** What a finding's `check` is, or begins with, in the order in which they are told. */
export const CHECK_NAMES: readonly string[] = [
  'version',
  'data folder',
  'disk',
  'clock',
  'settings',
  'proxy',
  'secrets',
  'local tokens',
  'audit log',
  'audit root',
  'retention',
  'endpoint',
  'destination',
  'pages',
  'webhooks',
  'shipping',
  'beside the pops',
];

/** Behind the name of a check there may be an id. */
export function nameOf({ check }: Pick<Finding, 'check'>): string {
  return CHECK_NAMES.find((name) => check === name || check.startsWith(`${name} `)) ?? 'other';
}

/** Makes every check; one that throws has found a fault. */
export async function examine(host: Host): Promise<Finding[]> {
  const own = await makeChecks(CHECKS, host);
  const others = (await askRunning(host)) ?? (await examineHere(premisesOf(host)));
  return [...own, ...others].toSorted(
    (a, b) => CHECK_NAMES.indexOf(nameOf(a)) - CHECK_NAMES.indexOf(nameOf(b)),
  );
}

/** With its own settings, environment and secrets; undefined where none runs, or the check of the endpoint has said why not. */
async function askRunning(host: Host): Promise<Finding[] | undefined> {
  try {
    const noted = notedEndpoint(host);
    if (noted === undefined) return undefined;
    const { status, body } = await callEndpoint(noted.port, await findToken(host), {
      method: 'GET',
      path: '/doctor',
    });
    return status === 200 ? z.array(findingSchema).parse(JSON.parse(body)) : undefined;
  } catch {
    return undefined;
  }
}

function premisesOf(host: Host): Premises {
  const { dataDir, env, clock, secrets, localTokens } = host;
  return {
    dataDir,
    clock,
    clockCheck: createClockCheck(clock, askSystemTime),
    judgeLog: () => judgeLog(host),
    secrets,
    localTokens,
    proxies: { env },
    settings: () => openSettings(dataDir, env),
  };
}

function checkDisk({ dataDir }: Host): Result {
  const bytes = freeBytes(dataDir);
  const warning = spaceWarning(bytes);
  return warning === null ? ok(`${Math.round(bytes / 1024 / 1024)} MiB free`) : fault(warning);
}

/** Has the verdict stand where a poptray lives; one that comes to run hears of it. */
async function judgeLog(host: Host): Promise<Verdict> {
  const secrets = await host.secrets();
  const { verdict, evidence } = await verifyInSteps(auditDir(host.dataDir), () =>
    gatherEvidence(secrets, checkpointPath(host.dataDir)),
  );
  if (evidence && isHome(host)) {
    stand(host, verdict);
    if (verdict.verdict === 'tampered') putOnRecord(host, verificationMade(verdict.verdict));
  }
  return verdict;
}

function checkRetention({ dataDir, env }: Host): Result {
  const { auditKeepDays } = openSettings(dataDir, env).current;
  if (auditKeepDays === 0) return ok('all entries are kept');
  const found = readTroubles(dataDir).find(({ part }) => part === 'retention');
  return found
    ? fault(sayTrouble(found))
    : ok(`entries older than ${plural(auditKeepDays, 'day')} are removed`);
}

async function checkEndpoint(host: Host): Promise<Result> {
  const noted = notedEndpoint(host);
  if (noted === undefined) {
    const port = portOf(host);
    const holder = port === 0 || (await isFree(port)) ? '' : `. ${sayCause(portCause(port))}`;
    return note(`poptray is not running; start it with "npm start"${holder}`);
  }
  const { port, insteadOf } = noted;
  await callEndpoint(port, await findToken(host), { method: 'GET', path: '/healthz' });
  if (insteadOf === null) return ok(`listens on port ${port}`);
  return note(
    `listens on port ${port}, because ${insteadOf} is taken, perhaps by the poptray of another user; point the softphone there, or set "port" in settings.json to one that stays`,
  );
}

function checkFolder({ dataDir }: Host): Result {
  // As a start does; throws what is in its way.
  claimDataDir(dataDir);
  accessSync(dataDir, constants.W_OK);
  const copied = copyFault({ dataDir });
  if (copied !== undefined) return fault(copied);
  return canLock(dataDir) ? ok(dataDir) : fault(sayCause(makeCause('no_locks', { path: dataDir })));
}

/** 0 where the settings cannot be read, which is a finding of its own. */
function portOf({ dataDir, env }: Host): number {
  try {
    return openSettings(dataDir, env).current.port;
  } catch {
    return 0;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
