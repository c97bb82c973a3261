/** Gathers what goes into a support bundle: of each thing only what shared/support-bundle.ts has a place for. */

import { arch, release } from 'node:os';
import packageJson from '../../package.json' with { type: 'json' };
import { pageOf } from '../../shared/application.ts';
import { formOf } from '../../shared/destinations/forms.ts';
import { secretsOf } from '../../shared/secrets.ts';
import { type SupportBundle, supportBundleSchema } from '../../shared/support-bundle.ts';
import type { Host } from '../app/bootstrap.ts';
import { openSettings } from '../config/settings.ts';
import { kindOfError } from '../observability/logger.ts';
import { shipperNames } from '../shipping/exporters.ts';
import { countAudit, countProgramLog, figuresIn } from './count-for-bundle.ts';
import { examine, nameOf } from './examine.ts';
import { callEndpoint, findPort, findToken } from './local-endpoint.ts';
import { askStatus } from './status.ts';

type Part<Name extends keyof SupportBundle> = Exclude<SupportBundle[Name], { missing: string }>;

/** The ids of the settings that stand for something else than themselves: in the bundle they are numbers. */
interface Ids extends Readonly<Record<string, readonly string[]>> {
  readonly destinations: readonly string[];
  readonly webhooks: readonly string[];
  readonly receivers: readonly string[];
  readonly pages: readonly string[];
}

/** Asks the poptray that runs with this folder, if one does, and reads the folder. What cannot be had is left out, with why. */
export async function gatherBundle(host: Host): Promise<SupportBundle> {
  const ids = idsIn(host);
  return supportBundleSchema.parse({
    version: 1,
    madeAt: new Date(host.clock.now()).toISOString(),
    poptray: {
      version: packageJson.version,
      node: process.version,
      platform: process.platform,
      arch: arch(),
      system: release(),
    },
    settings: await part(() => settingsOf(host, ids)),
    secrets: await part(() => secretSources(host, ids)),
    tokens: await part(() => tokensOf(host)),
    doctor: await part(() => doctorOf(host)),
    running: await part(() => runningOf(host, ids)),
    metrics: await part(() => metricsOf(host, ids)),
    audit: await part(() => countAudit(host.dataDir)),
    programLog: await part(() => countProgramLog(host.dataDir)),
  });
}

async function part<T>(gather: () => Promise<T> | T): Promise<T | { missing: string }> {
  try {
    return await gather();
  } catch (error) {
    return { missing: kindOfError(error) };
  }
}

/** None where the settings will not do. */
function idsIn({ dataDir, env }: Host): Ids {
  try {
    const { destinations, webhooks, shipping, applications } = openSettings(dataDir, env).current;
    return {
      destinations: destinations.map(({ id }) => id),
      webhooks: webhooks.map(({ id }) => id),
      receivers: shipping.flatMap(shipperNames),
      pages: applications.map(({ id }) => id),
    };
  } catch {
    return { destinations: [], webhooks: [], receivers: [], pages: [] };
  }
}

/** From 1; what is not among them is one more. */
function place(ids: readonly string[], id: string): number {
  const index = ids.indexOf(id);
  return (index === -1 ? ids.length : index) + 1;
}

const hostOf = (url: string) => new URL(url).host;

function settingsOf({ dataDir, env }: Host, ids: Ids): Part<'settings'> {
  const { current, fault, fromEnvironment } = openSettings(dataDir, env);
  const { destinations, applications, webhooks, shipping, updateFeed } = current;
  const { dedupeWindowMs, ringWindowMs, interactionLifetimeMs, attemptTimeoutMs, totalDeadlineMs } = current;
  return {
    isBroken: fault !== null,
    fromEnvironment: [...fromEnvironment],
    port: current.port,
    rateLimit: current.rateLimit,
    browserOrigins: current.browserOrigins.map(hostOf),
    destinations: destinations.map((destination, index) => {
      const origin = formOf(destination).origin(destination);
      return {
        destination: index + 1,
        kind: destination.kind,
        host: origin === null ? null : hostOf(origin),
        hasClientId: 'clientId' in destination && destination.clientId !== undefined,
        required: destination.required ?? true,
      };
    }),
    applications: applications.map((application, index) => ({
      application: index + 1,
      destinations: application.destinations?.map((id) => place(ids.destinations, id)) ?? null,
      mode: application.mode,
      host: hostOf(pageOf(application)),
      isTemplate: application.target !== undefined,
      allowedOrigins: application.allowedOrigins.map(hostOf),
      framing: application.framing !== undefined,
      extensionMatrix: application.extensionMatrix !== undefined,
    })),
    popPhases: current.popPhases,
    milliseconds: { dedupeWindowMs, ringWindowMs, interactionLifetimeMs, attemptTimeoutMs, totalDeadlineMs },
    webhooks: webhooks.map(({ url }, index) => ({ webhook: index + 1, host: hostOf(url) })),
    shipping: shipping.map((receiver, index) => ({
      receiver: index + 1,
      kind: receiver.kind,
      host: receiver.kind === 'syslog' ? receiver.host.toLowerCase() : hostOf(receiver.url),
      tls: receiver.kind === 'syslog' ? receiver.tls : receiver.url.startsWith('https:'),
    })),
    auditKeepDays: current.auditKeepDays,
    logLevel: current.logLevel,
    autostart: current.autostart,
    updateFeed: updateFeed === undefined ? null : hostOf(updateFeed),
  };
}

async function secretSources(host: Host, ids: Ids): Promise<Part<'secrets'>> {
  const secrets = await host.secrets();
  const { current, fromEnvironment } = openSettings(host.dataDir, host.env);
  return Promise.all(
    secretsOf(current, fromEnvironment).map(async ({ name, part }) => {
      const source = await secrets.source(name);
      const [kind = '', id = '', ownName] = name.split(':');
      if (part === 'destinations')
        return { secret: `${kind}.${place(ids.destinations, id)}.${ownName}`, source };
      const among = kind === 'webhook-secret' ? ids.webhooks : current.shipping.map((one) => one.id);
      return { secret: `${kind}.${place(among, id)}`, source };
    }),
  );
}

async function tokensOf(host: Host): Promise<Part<'tokens'>> {
  const tokens = (await host.localTokens()).list();
  return tokens.map(({ createdAt, origin }, index) => ({
    token: index + 1,
    createdAt,
    isPaired: origin !== null,
  }));
}

async function doctorOf(host: Host): Promise<Part<'doctor'>> {
  const findings = await examine(host);
  return findings.map((finding) => ({
    check: nameOf(finding).replaceAll(' ', '-'),
    verdict: finding.verdict,
  }));
}

async function runningOf({ dataDir }: Host, ids: Ids): Promise<Part<'running'>> {
  const { unready, isSimulated, portInsteadOf, today, underWay, rebuilding, pausedUntil, audit, ...lists } =
    await askStatus(dataDir);
  const { tampered, checked } = audit;
  return {
    unready,
    isSimulated,
    isPortTaken: portInsteadOf !== null,
    today,
    underWay,
    rebuilding,
    paused: pausedUntil !== null,
    tampered: tampered && { at: tampered.at, seq: tampered.seq },
    checked: checked && { at: checked.at, verdict: checked.verdict, seq: checked.seq },
    troubles: lists.troubles.map(({ part, name, code, since, waiting }) => ({
      part,
      number: name === '' ? null : place(ids[`${part}s`] ?? [], name),
      code,
      since,
      waiting,
    })),
    shipping: lists.shipping.map(({ shipper, entries, failure, at }) => ({
      receiver: place(ids.receivers, shipper),
      entries,
      failure: failure?.replaceAll(' ', '.') ?? null,
      at,
    })),
  };
}

async function metricsOf(host: Host, ids: Ids): Promise<Part<'metrics'>> {
  const call = { method: 'GET', path: '/metrics' } as const;
  const { body } = await callEndpoint(findPort(host, undefined), await findToken(host), call);
  return figuresIn(body, (label, id) => {
    if (label === 'webhook') return place(ids.webhooks, id);
    if (label === 'destination') return place(ids.destinations, id);
    return label === 'shipper' ? place(ids.receivers, id) : undefined;
  });
}
