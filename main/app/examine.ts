/** The checks of doctor that hang on settings, environment and secrets: the poptray that runs makes them itself. */

import { pageOf } from '../../shared/application.ts';
import type { DestinationConfig } from '../../shared/destinations/forms.ts';
import { type Finding, fault, makeChecks, note, ok, type Result } from '../../shared/finding.ts';
import { plural } from '../../shared/plural.ts';
import { sayTrouble } from '../../shared/say-trouble.ts';
import { secretsOf } from '../../shared/secrets.ts';
import type { TroublePart } from '../../shared/trouble.ts';
import { auditDir } from '../audit/format/segments.ts';
import { lastSeq } from '../audit/read/follow.ts';
import type { Verdict } from '../audit/verify/verify.ts';
import { openMatrices, sayUnfit } from '../compatibility/extension-matrices.ts';
import type { OpenSettings } from '../config/settings.ts';
import { createOutlets, type OpenOutlet } from '../destinations/registry.ts';
import type { LocalTokens } from '../endpoint/local-tokens.ts';
import { createOpenedPages } from '../endpoint/opened-pages.ts';
import { createDispatcher, fetchThrough } from '../network/dispatcher.ts';
import { createHttpClient } from '../network/http-client.ts';
import { noProxyIn, type Proxies, proxyIn } from '../network/proxies.ts';
import { readTroubles } from '../observability/troubles.ts';
import { checkTarget } from '../pipeline/check-target.ts';
import type { Clock } from '../pipeline/ports.ts';
import { createBrowser } from '../platform/browser.ts';
import type { ClockCheck } from '../platform/clock-check.ts';
import type { PageWindows } from '../platform/page-windows.ts';
import { createBoundSecrets, secretFaults } from '../secrets/bound-secrets.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { shipperNames } from '../shipping/exporters.ts';
import { readProgress } from '../shipping/progress.ts';
import { isSigned, isUnsignedCode, type Unsigned } from '../webhooks/post-message.ts';
import { openWebhooks } from '../webhooks/targets.ts';
import { environmentToken } from './bootstrap.ts';
import { checkClock } from './examine-clock.ts';
import { checkLog, checkRoot } from './examine-log.ts';

const CHECK_TIMEOUT_MS = 10_000;

/** What a poptray was given at its start, or what one would be given now. */
export interface Premises {
  readonly dataDir: string;
  readonly proxies: Proxies;
  readonly clock: Clock;
  readonly clockCheck: ClockCheck;
  /** Without it there are none. */
  readonly windows?: PageWindows | undefined;
  /** Throws SettingsInvalid. */
  settings(): Pick<OpenSettings, 'current' | 'fault' | 'fromEnvironment'>;
  /** Throws HostUnfit. */
  secrets(): Promise<Secrets>;
  /** Throws HostUnfit. */
  localTokens(): Promise<LocalTokens>;
  /** Verifies the log, and has the verdict stand; rejects while its keys cannot be read. */
  judgeLog(): Promise<Verdict>;
}

type Checks = Readonly<Record<string, (premises: Premises) => Promise<Result> | Result>>;

/** Makes all of them. */
export function examine(premises: Premises): Promise<Finding[]> {
  return makeChecks({ ...BEFORE, ...destinationChecks(premises), ...AFTER }, premises);
}

const BEFORE: Checks = {
  settings: checkSettings,
  proxy: checkProxy,
  secrets: checkSecrets,
  'local tokens': checkTokens,
  'audit log': ({ dataDir, judgeLog }) => checkLog(dataDir, judgeLog),
  'audit root': async ({ secrets }) => checkRoot(await secrets()),
};

const AFTER: Checks = {
  pages: checkPages,
  webhooks: checkWebhooks,
  shipping: checkShipping,
  'beside the pops': checkOthers,
  // The destinations have told the time by now.
  clock: ({ clockCheck }) => checkClock(clockCheck),
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
  for (const application of applications) checkTarget(application, pageOf(application));
  const { unfit } = await openMatrices(current, dataDir);
  if (unfit.length > 0) return fault(unfit.map(sayUnfit).join('\n'));
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
  const faults = await secretFaults(
    createBoundSecrets(secrets),
    // Webhooks have a check of their own.
    secretsOf({ ...current, webhooks: [] }, fromEnvironment),
  );
  if (faults.length > 0) return fault(faults.join('\n'));
  const { warning } = secrets;
  return warning === undefined ? ok('kept in the OS keychain') : note(warning);
}

async function checkTokens({ localTokens, proxies: { env } }: Premises): Promise<Result> {
  const names = (await localTokens()).list().map(({ name }) => name);
  if (environmentToken(env)) names.push('environment');
  return names.length === 0 ? note('none yet; the first start makes one') : ok(names.join(', '));
}

/** One for each destination; one that says why, where the settings do not tell which there are. */
function destinationChecks({ settings }: Premises): Checks {
  let destinations: readonly DestinationConfig[];
  try {
    destinations = settings().current.destinations;
  } catch (error) {
    return {
      destination: () => {
        throw error;
      },
    };
  }
  return Object.fromEntries(
    destinations.map((one) => [
      `destination ${one.id}`,
      async (premises: Premises) => sinceWhen(premises, one.id, await checkDestination(premises, one)),
    ]),
  );
}

async function checkDestination(premises: Premises, config: DestinationConfig): Promise<Result> {
  const { dataDir, proxies, clock, clockCheck, windows, secrets, settings } = premises;
  const { fromEnvironment } = settings();
  const dispatcher = createDispatcher(proxies, clock);
  const outlets = createOutlets(createBoundSecrets(await secrets()), {
    http: createHttpClient(dispatcher, clockCheck.hear),
    clock,
    fetch: fetchThrough(dispatcher, clockCheck.hear),
    screen: createOpenedPages(createBrowser(proxies.env)),
    windows,
    dataDir,
  });
  try {
    const [opened] = await outlets.open([config], fromEnvironment);
    const { outlet, description } = opened as OpenOutlet;
    if ('missing' in outlet) return fault(`${description}: ${outlet.missing}`);
    const { ok: isFine, detail } = await outlet.destination.check(AbortSignal.timeout(CHECK_TIMEOUT_MS));
    if (!isFine) return fault(detail);
    if (config.kind === 'simulator') {
      const isAlone = settings().current.destinations.length === 1;
      return note(
        `simulated: no agent sees the pops${isAlone ? '; set GENESYS_REGION or GENESYS_BASE_URL' : ' that go there'}`,
      );
    }
    return ok(detail);
  } finally {
    await outlets.stop();
    await dispatcher.destroy();
  }
}

/** What the last pop has found stands until the next delivery, whatever is found now. */
function sinceWhen({ dataDir }: Premises, id: string, now: Result): Result {
  const found = readTroubles(dataDir).filter(({ part, name }) => part === 'destination' && name === id);
  if (found.length === 0) return now;
  return fault([now.detail, ...found.map(sayTrouble)].join('\n'));
}

async function checkPages({ proxies, settings }: Premises): Promise<Result> {
  const { current } = settings();
  // Loaded now, because most commands never look at a page.
  const { examinePages } = await import('./examine-page.ts');
  return examinePages(current, proxies);
}

/** What a start would find, and what a poptray that runs, or did, has found. */
async function checkWebhooks({ dataDir, secrets, settings }: Premises): Promise<Result> {
  const { current, fromEnvironment } = settings();
  const { webhooks } = current;
  if (webhooks.length === 0) return ok('the settings name none');
  const opened = await openWebhooks(webhooks, fromEnvironment, createBoundSecrets(await secrets()));
  const found = readTroubles(dataDir).filter(({ part }) => part === 'webhook');
  const faults = [...opened].flatMap(([id, target]) => {
    if (!isSigned(target)) return [`${id}: ${(target.key as Unsigned).why}`];
    return found.filter(({ name, code }) => name === id && !isUnsignedCode(code)).map(sayTrouble);
  });
  return faults.length === 0 ? ok(webhooks.map(({ id }) => id).join(', ')) : fault(faults.join('\n'));
}

/** These have checks of their own. */
const CHECKED: readonly TroublePart[] = [
  'destination',
  'webhook',
  'receiver',
  'extension matrix',
  'retention',
];

function checkOthers({ dataDir }: Premises): Result {
  const found = readTroubles(dataDir).filter(({ part }) => !CHECKED.includes(part));
  return found.length === 0 ? ok('nothing is in trouble') : fault(found.map(sayTrouble).join('\n'));
}

function checkShipping({ dataDir, settings }: Premises): Result {
  const { shipping } = settings().current;
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
