/** The checks of `poptray doctor`. */
import { accessSync, constants } from 'node:fs';
import packageJson from '../../package.json' with { type: 'json' };
import { plural } from '../../shared/plural.ts';
import { sayTrouble } from '../../shared/say-trouble.ts';
import { environmentToken, type Host, notedEndpoint } from '../app/bootstrap.ts';
import { checkpointPath } from '../audit/checkpoints/checkpoint-file.ts';
import { gatherEvidence } from '../audit/checkpoints/evidence.ts';
import { auditDir, listSegments } from '../audit/format/segments.ts';
import { lastSeq } from '../audit/read/follow.ts';
import { readStanding } from '../audit/verify/standing.ts';
import { verifyInSteps } from '../audit/verify/verify-in-steps.ts';
import { openMatrices } from '../compatibility/extension-matrices.ts';
import { openSettings } from '../config/settings.ts';
import { createOutlets } from '../destinations/registry.ts';
import { createDispatcher, fetchThrough } from '../network/dispatcher.ts';
import { noProxyIn, proxyIn } from '../network/proxies.ts';
import { readTroubles } from '../observability/troubles.ts';
import { checkTarget } from '../pipeline/check-target.ts';
import { errorTable } from '../pipeline/errors.ts';
import { TokenFailure } from '../pipeline/ports.ts';
import { freeBytes, spaceWarning } from '../platform/free-space.ts';
import { createBoundSecrets, secretFaults } from '../secrets/bound-secrets.ts';
import { secretUses } from '../secrets/secret-uses.ts';
import { shipperNames } from '../shipping/exporters.ts';
import { readProgress } from '../shipping/progress.ts';
import { isSigned, isUnsignedCode, type Unsigned } from '../webhooks/post-message.ts';
import { openWebhooks } from '../webhooks/targets.ts';
import type { Finding } from './finding.ts';
import { callEndpoint, findToken } from './local-endpoint.ts';
import { isHome, putOnRecord, stand } from './put-on-record.ts';

const TOKEN_TIMEOUT_MS = 10_000;

type Result = Omit<Finding, 'check'>;

const CHECKS: Readonly<Record<string, (host: Host) => Promise<Result> | Result>> = {
  version: () =>
    ok(`poptray ${packageJson.version} on Node ${process.version.slice(1)}, ${process.platform}`),
  'data folder': checkFolder,
  disk: checkDisk,
  settings: checkSettings,
  proxy: checkProxy,
  secrets: checkSecrets,
  'local tokens': checkTokens,
  'audit log': checkLog,
  'audit root': checkRoot,
  retention: checkRetention,
  endpoint: checkEndpoint,
  destination: checkDestination,
  pages: checkPages,
  webhooks: checkWebhooks,
  shipping: checkShipping,
  'beside the pops': checkOthers,
};

/** Makes every check; one that throws has found a fault. */
export async function examine(host: Host): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [check, run] of Object.entries(CHECKS)) {
    try {
      findings.push({ check, ...(await run(host)) });
    } catch (error) {
      findings.push({ check, ...fault((error as Error).message) });
    }
  }
  return findings;
}

const ok = (detail: string): Result => ({ verdict: 'ok', detail });
const note = (detail: string): Result => ({ verdict: 'note', detail });
const fault = (detail: string): Result => ({ verdict: 'fault', detail });

function checkFolder({ dataDir }: Host): Result {
  try {
    accessSync(dataDir, constants.W_OK);
    return ok(dataDir);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return fault(
      `${dataDir} cannot be written to (${code}), so nothing is delivered: see to its permissions`,
    );
  }
}

function checkDisk({ dataDir }: Host): Result {
  const bytes = freeBytes(dataDir);
  const warning = spaceWarning(bytes);
  return warning === null ? ok(`${Math.round(bytes / 1024 / 1024)} MiB free`) : fault(warning);
}

async function checkSettings({ dataDir, env }: Host): Promise<Result> {
  const { current, fault: spoiled } = openSettings(dataDir, env);
  if (spoiled !== null) {
    return fault(
      `${spoiled}\nMend it and start poptray again, or save the settings in the dashboard; until then its last good copy counts.`,
    );
  }
  const { applications, popPhases, port } = current;
  // Throws for a page of which no pop would be shown.
  applications.forEach(checkTarget);
  const [unfit] = (await openMatrices(current, dataDir)).unfit;
  if (unfit) return fault(`the extension matrix of ${unfit.id}: ${unfit.reason}`);
  return ok(
    `port ${port}; applications ${applications.map(({ id }) => id).join(', ')}; pops on ${popPhases.join(', ')}`,
  );
}

/** Without what a URL may hold of a user and a password. */
function checkProxy({ env }: Host): Result {
  const named = ['HTTPS_PROXY', 'HTTP_PROXY'].flatMap((name) => {
    const value = proxyIn(env, name);
    return value === '' ? [] : [`${name} names ${new URL(value).host}`];
  });
  if (named.length === 0)
    return ok('none named in the environment; the tray application asks the system for one');
  const { unknown } = noProxyIn(env);
  if (unknown.length === 0) return ok(named.join('; '));
  return note(
    `${named.join('; ')}; NO_PROXY has ${unknown.join(', ')}, which is no host, address or range, and counts for nothing`,
  );
}

async function checkSecrets(host: Host): Promise<Result> {
  const secrets = await host.secrets();
  // Throws while the keychain is locked.
  await secrets.source('audit-key');
  const { current, fromEnvironment } = openSettings(host.dataDir, host.env);
  // Webhooks have a check of their own.
  const uses = secretUses({ ...current, webhooks: [] }, fromEnvironment);
  const faults = await secretFaults(createBoundSecrets(secrets), uses);
  if (faults.length > 0) return fault(faults.join('\n'));
  const { warning } = secrets;
  return warning === undefined ? ok('kept in the OS keychain') : note(warning);
}

async function checkTokens(host: Host): Promise<Result> {
  const names = (await host.localTokens()).list().map(({ name }) => name);
  if (environmentToken(host.env)) names.push('environment');
  return names.length === 0 ? note('none yet; the first start makes one') : ok(names.join(', '));
}

async function checkLog(host: Host): Promise<Result> {
  const dir = auditDir(host.dataDir);
  const secrets = await host.secrets();
  const judged = await verifyInSteps(dir, () => gatherEvidence(secrets, checkpointPath(host.dataDir)));
  if (!judged.evidence) return listSegments(dir).length === 0 ? note('none yet') : fault('its key is gone');
  const { verdict, entries, fault: bad } = judged.verdict;
  if (isHome(host)) stand(host, judged.verdict);
  // A poptray that runs hears of it so.
  if (isHome(host) && verdict === 'tampered')
    putOnRecord(host, { subject: 'verification', action: 'made', name: verdict });
  const { tampered } = readStanding(host.dataDir);
  if (tampered && verdict !== 'tampered') {
    const place = tampered.seq === null ? '' : ` at entry ${tampered.seq}`;
    return fault(
      `${verdict} now, but found tampered with${place} at ${tampered.at}: ${tampered.reason}; that stands until "poptray reset" closes it`,
    );
  }
  if (verdict === 'no-key') return fault('it was written with a key that is not here');
  if (verdict === 'whole') return ok(`${plural(entries, 'entry', 'entries')}, whole`);
  if (verdict === 'not-all-vouched-for')
    return fault(
      `from entry ${bad?.seq} on nothing vouches for it: ${bad?.reason}; run "poptray audit verify"`,
    );
  if (verdict === 'torn') return note('the last line was never finished; the next start mends it');
  return fault(
    `tampered with at entry ${bad?.seq}: ${bad?.reason}; "poptray reset" seals it aside for whoever looks into it, and begins a new one`,
  );
}

async function checkRoot(host: Host): Promise<Result> {
  const root = await (await host.secrets()).get('audit-root');
  if (root === undefined) return ok('not on this machine');
  return note(
    'still here, so whoever gets it can forge the whole log; "poptray audit root FILE" exports it for the auditor, once',
  );
}

function checkRetention({ dataDir, env }: Host): Result {
  const { auditKeepDays } = openSettings(dataDir, env).current;
  if (auditKeepDays === 0) return ok('all entries are kept');
  const { retention } = readStanding(dataDir);
  if (retention === null) return ok(`entries older than ${plural(auditKeepDays, 'day')} are removed`);
  const { since, reason, segments } = retention;
  return note(
    `since ${since} (by this machine’s clock) ${plural(segments, 'file')} of the log seem old and are kept: ${reason}. Set the clock right; what is old is then removed within six hours`,
  );
}

async function checkEndpoint(host: Host): Promise<Result> {
  const noted = notedEndpoint(host);
  if (noted === undefined) return note('poptray is not running; start it with "npm start"');
  const { port, insteadOf } = noted;
  await callEndpoint(port, await findToken(host), { method: 'GET', path: '/healthz' });
  if (insteadOf === null) return ok(`listens on port ${port}`);
  return note(
    `listens on port ${port}, because ${insteadOf} is taken, perhaps by the poptray of another user; point the softphone there, or set "port" in settings.json to one that stays`,
  );
}

async function checkDestination(host: Host): Promise<Result> {
  const { current, fromEnvironment } = openSettings(host.dataDir, host.env);
  const dispatcher = createDispatcher(host, host.clock);
  const secrets = createBoundSecrets(await host.secrets());
  const outlets = createOutlets(secrets, host.clock, fetchThrough(dispatcher));
  const { outlet, description, isSimulated } = await outlets.open(current.destination, fromEnvironment);
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
    await outlets.stop();
    await dispatcher.destroy();
  }
}

async function checkPages({ dataDir, env }: Host): Promise<Result> {
  const { current } = openSettings(dataDir, env);
  // Loaded now, because most commands never look at a page.
  const { examinePages } = await import('./examine-page.ts');
  return examinePages(current);
}

/** What a start would find, and what a poptray that runs, or did, has found. */
async function checkWebhooks(host: Host): Promise<Result> {
  const { current, fromEnvironment } = openSettings(host.dataDir, host.env);
  const { webhooks } = current;
  if (webhooks.length === 0) return ok('the settings name none');
  const opened = await openWebhooks(webhooks, fromEnvironment, createBoundSecrets(await host.secrets()));
  const found = readTroubles(host.dataDir).filter(({ part }) => part === 'webhook');
  const faults = [...opened].flatMap(([id, target]) => {
    if (!isSigned(target)) return [`${id}: ${(target.key as Unsigned).why}`];
    return found.filter(({ name, code }) => name === id && !isUnsignedCode(code)).map(sayTrouble);
  });
  return faults.length === 0 ? ok(webhooks.map(({ id }) => id).join(', ')) : fault(faults.join('\n'));
}

/** Webhooks and receivers of the log have their own checks. */
function checkOthers({ dataDir }: Host): Result {
  const found = readTroubles(dataDir).filter(({ part }) => part !== 'webhook' && part !== 'receiver');
  return found.length === 0 ? ok('nothing is in trouble') : fault(found.map(sayTrouble).join('\n'));
}

function checkShipping({ dataDir, env }: Host): Result {
  const { shipping } = openSettings(dataDir, env).current;
  if (shipping.length === 0) return ok('the settings name no receiver of the log');
  const places = readProgress(dataDir)?.shippers ?? {};
  const last = lastSeq(auditDir(dataDir));
  const names = shipping.flatMap(shipperNames);
  const text = names
    .map(
      (name) =>
        `${name}: ${plural(Math.max(0, last - (places[name]?.seq ?? 0)), 'entry waits', 'entries wait')}`,
    )
    .join('; ');
  const found = readTroubles(dataDir).filter(({ part, name }) => part === 'receiver' && names.includes(name));
  return found.length > 0 ? fault([text, ...found.map(sayTrouble)].join('\n')) : ok(text);
}
