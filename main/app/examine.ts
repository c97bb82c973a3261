/** The checks of doctor that hang on settings, environment and secrets: the poptray that runs makes them itself. */

import { sayCause } from '../../shared/causes.ts';
import { type Finding, fault, makeChecks, note, ok, type Result } from '../../shared/finding.ts';
import { plural } from '../../shared/plural.ts';
import { auditDir } from '../audit/format/segments.ts';
import { lastSeq } from '../audit/read/follow.ts';
import { openMatrices } from '../compatibility/extension-matrices.ts';
import type { OpenSettings } from '../config/settings.ts';
import { createOutlets } from '../destinations/registry.ts';
import type { LocalTokens } from '../endpoint/local-tokens.ts';
import { createDispatcher, fetchThrough } from '../network/dispatcher.ts';
import { noProxyIn, type Proxies, proxyIn } from '../network/proxies.ts';
import { checkTarget } from '../pipeline/check-target.ts';
import { errorTable } from '../pipeline/errors.ts';
import { type Clock, TokenFailure } from '../pipeline/ports.ts';
import { createBoundSecrets, secretFaults } from '../secrets/bound-secrets.ts';
import { secretUses } from '../secrets/secret-uses.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { shipperNames } from '../shipping/exporters.ts';
import { readProgress } from '../shipping/progress.ts';
import { openWebhooks, unsignedAdvice } from '../webhooks/targets.ts';
import { environmentToken } from './bootstrap.ts';

const TOKEN_TIMEOUT_MS = 10_000;

/** What a poptray was given at its start, or what one would be given now. */
export interface Premises {
  readonly dataDir: string;
  readonly proxies: Proxies;
  readonly clock: Clock;
  /** Throws SettingsInvalid. */
  settings(): Pick<OpenSettings, 'current' | 'fault' | 'fromEnvironment'>;
  /** Throws HostUnfit. */
  secrets(): Promise<Secrets>;
  /** Throws HostUnfit. */
  localTokens(): Promise<LocalTokens>;
}

/** Makes all of them. */
export function examine(premises: Premises): Promise<Finding[]> {
  return makeChecks(CHECKS, premises);
}

const CHECKS: Readonly<Record<string, (premises: Premises) => Promise<Result> | Result>> = {
  settings: checkSettings,
  proxy: checkProxy,
  secrets: checkSecrets,
  'local tokens': checkTokens,
  'audit root': checkRoot,
  webhooks: checkWebhooks,
  destination: checkDestination,
  pages: checkPages,
  shipping: checkShipping,
};

async function checkSettings({ dataDir, settings }: Premises): Promise<Result> {
  const { current, fault: spoiled } = settings();
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
function checkProxy({ proxies: { env, system } }: Premises): Result {
  const named = ['HTTPS_PROXY', 'HTTP_PROXY'].flatMap((name) => {
    const value = proxyIn(env, name);
    return value === '' ? [] : [`${name} names ${new URL(value).host}`];
  });
  if (named.length === 0) {
    const asked = system ? 'the system is asked for one' : 'the tray application asks the system for one';
    return ok(`none named in the environment; ${asked}`);
  }
  const { unknown } = noProxyIn(env);
  if (unknown.length === 0) return ok(named.join('; '));
  return note(
    `${named.join('; ')}; NO_PROXY has ${unknown.join(', ')}, which is no host, address or range, and counts for nothing`,
  );
}

async function checkSecrets({ secrets: open, settings }: Premises): Promise<Result> {
  const secrets = await open();
  // Throws while the keychain is locked.
  await secrets.source('audit-key');
  const { current, fromEnvironment } = settings();
  const faults = await secretFaults(createBoundSecrets(secrets), secretUses(current, fromEnvironment));
  if (faults.length > 0) return fault(faults.join('\n'));
  const { warning } = secrets;
  return warning === undefined ? ok('kept in the OS keychain') : note(warning);
}

async function checkTokens({ localTokens, proxies: { env } }: Premises): Promise<Result> {
  const names = (await localTokens()).list().map(({ name }) => name);
  if (environmentToken(env)) names.push('environment');
  return names.length === 0 ? note('none yet; the first start makes one') : ok(names.join(', '));
}

async function checkRoot({ secrets }: Premises): Promise<Result> {
  const root = await (await secrets()).get('audit-root');
  if (root === undefined) return ok('not on this machine');
  return note(
    'still here, so whoever gets it can forge the whole log; "poptray audit root FILE" exports it for the auditor, once',
  );
}

/** A start wants a secret for each. */
async function checkWebhooks({ secrets, settings }: Premises): Promise<Result> {
  const { current, fromEnvironment } = settings();
  if (current.webhooks.length === 0) return ok('the settings name none');
  const bound = createBoundSecrets(await secrets());
  const { targets, unsigned } = await openWebhooks(current.webhooks, fromEnvironment, bound);
  return unsigned.length === 0
    ? ok(`${[...targets.keys()].join(', ')}: can be signed for`)
    : fault(unsignedAdvice(unsigned));
}

async function checkDestination({ proxies, clock, secrets, settings }: Premises): Promise<Result> {
  const { current, fromEnvironment } = settings();
  const dispatcher = createDispatcher(proxies, clock);
  const outlets = createOutlets(createBoundSecrets(await secrets()), clock, fetchThrough(dispatcher));
  const { outlet, description, isSimulated } = await outlets.open(current.destination, fromEnvironment);
  try {
    if ('missing' in outlet) return fault(`${description}: ${outlet.missing}`);
    await outlet.destination.tokens.get(AbortSignal.timeout(TOKEN_TIMEOUT_MS));
    if (isSimulated) return note('simulated: no agent sees the pops; set GENESYS_REGION or GENESYS_BASE_URL');
    return ok(`${description} gave a token`);
  } catch (error) {
    if (!(error instanceof TokenFailure)) throw error;
    const { title, hint } = errorTable[error.code];
    return fault(`${description}: ${error.because ? sayCause(error.because) : `${title}. ${hint}`}`);
  } finally {
    await outlets.stop();
    await dispatcher.destroy();
  }
}

async function checkPages({ proxies, settings }: Premises): Promise<Result> {
  const { current } = settings();
  // Loaded now, because most commands never look at a page.
  const { examinePages } = await import('./examine-page.ts');
  return examinePages(current, proxies);
}

function checkShipping({ dataDir, settings }: Premises): Result {
  const { shipping } = settings().current;
  if (shipping.length === 0) return ok('the settings name no receiver of the log');
  const places = readProgress(dataDir)?.shippers ?? {};
  const last = lastSeq(auditDir(dataDir));
  const names = shipping.flatMap(shipperNames);
  const failing = names.filter((name) => typeof places[name]?.failure === 'string');
  const lines = names.map((name) => {
    const { seq = 0, failure = null, at = null } = places[name] ?? {};
    const waiting = `${name}: ${plural(Math.max(0, last - seq), 'entry waits', 'entries wait')}`;
    return failure === null ? waiting : `${waiting}, refused since ${at}: ${failure}`;
  });
  const text = lines.join('; ');
  return failing.length > 0 ? fault(`${text}; docs/shipping.md says what the codes mean`) : ok(text);
}
