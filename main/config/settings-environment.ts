/** The settings that the environment makes (contract §6). */
import type * as z from 'zod';
import type { DestinationConfig } from '../../shared/destinations/forms.ts';
import { genesysScreenpopsForm } from '../../shared/destinations/genesys-cloud.ts';
import type { Settings, settingsSchema } from '../../shared/settings.ts';
import type { Environment } from '../platform/environment.ts';
import { SettingsInvalid } from './settings-parse.ts';

/** The destination that the environment makes, or gives its client id. */
const { kind, usualId: id } = genesysScreenpopsForm;
type Screenpops = Extract<DestinationConfig, { kind: typeof kind }>;

const CLIENT_ID = `destinations.${id}.clientId`;
const AGENT_ID = 'agent.userId';

/** The members that a variable sets, with dots, as in `a.b`; one of a list by its id. */
const MEMBERS: Readonly<Record<string, string>> = {
  POPTRAY_PORT: 'port',
  POPTRAY_RATE_LIMIT: 'rateLimit',
  POPTRAY_AGENT: AGENT_ID,
  GENESYS_BASE_URL: 'destinations',
  GENESYS_REGION: 'destinations',
  GENESYS_CLIENT_ID: CLIENT_ID,
  POPTRAY_APPLICATION_ID: 'applications',
  PRODUCTIVITY_WEBHOOK_URL: 'webhooks',
};

/** The members that this environment sets, and that the file therefore cannot change. */
export function membersIn(env: Environment): string[] {
  const names = Object.keys(MEMBERS).filter((name) => variable(env, name) !== undefined);
  return [...new Set(names.map((name) => MEMBERS[name] ?? ''))];
}

/** Blank counts as absent. */
function variable(env: Environment, name: string): string | undefined {
  return env[name]?.trim() || undefined;
}

/** What contract §6 lets the environment say, over what the file says; throws SettingsInvalid. */
export function fromEnvironment(env: Environment, file: Settings): z.input<typeof settingsSchema> {
  const value = (name: string) => variable(env, name);
  const number = (name: string) => {
    const text = value(name);
    if (text === undefined) return undefined;
    if (!/^\d{1,9}$/.test(text)) throw new SettingsInvalid(`${name} must be a whole number`);
    return Number(text);
  };
  const [baseUrl, region] = [value('GENESYS_BASE_URL'), value('GENESYS_REGION')];
  const clientId = value('GENESYS_CLIENT_ID');
  const agent = value('POPTRAY_AGENT');
  const port = number('POPTRAY_PORT');
  const rateLimit = number('POPTRAY_RATE_LIMIT');
  const webhookUrl = value('PRODUCTIVITY_WEBHOOK_URL');
  const [applicationId, targetUri] = [value('POPTRAY_APPLICATION_ID'), value('POPTRAY_TARGET_URI')];
  if ((applicationId === undefined) !== (targetUri === undefined)) {
    throw new SettingsInvalid('POPTRAY_APPLICATION_ID and POPTRAY_TARGET_URI need each other');
  }
  const target = targetUri === undefined ? undefined : URL.parse(targetUri);
  if (target === null || target?.origin === 'null') {
    throw new SettingsInvalid('POPTRAY_TARGET_URI must be an absolute https URL; http only for this machine');
  }
  const known = file.destinations.find(isOurs);
  const isElsewhere = baseUrl !== undefined || region !== undefined;

  return {
    ...(port !== undefined && { port }),
    ...(rateLimit !== undefined && { rateLimit }),
    ...(agent !== undefined && { agent: { ...file.agent, userId: agent } }),
    ...(isElsewhere && {
      destinations: [
        {
          id,
          kind,
          // A base URL is the more exact word; it wins over a region.
          ...(baseUrl === undefined ? { region } : { baseUrl }),
          clientId: clientId ?? known?.clientId,
          scope: known?.scope,
        },
      ],
    }),
    ...(!isElsewhere &&
      clientId !== undefined && { destinations: withClientId(file.destinations, clientId) }),
    ...(applicationId !== undefined &&
      targetUri !== undefined &&
      target && {
        applications: [{ id: applicationId, baseUri: targetUri, allowedOrigins: [target.origin] }],
      }),
    ...(webhookUrl !== undefined && {
      webhooks: [
        ...file.webhooks.filter(({ id }) => id !== 'productivity'),
        { ...file.webhooks.find(({ id }) => id === 'productivity'), id: 'productivity', url: webhookUrl },
      ],
    }),
  };
}

const isOurs = (one: DestinationConfig): one is Screenpops => one.kind === kind && one.id === id;

function withClientId(destinations: Settings['destinations'], clientId: string): Settings['destinations'] {
  return destinations.map((one) => (isOurs(one) ? { ...one, clientId } : one));
}

/** What is saved of `given`: the members that the environment sets stay as the file has them. */
export function ownMembers(given: Settings, file: Settings, locked: readonly string[]): Settings {
  const kept = Object.entries(file).filter(([member]) => locked.includes(member));
  const own: Settings = { ...given, ...Object.fromEntries(kept) };
  if (locked.includes(AGENT_ID)) own.agent = { ...own.agent, userId: file.agent.userId };
  if (locked.includes('destinations') || !locked.includes(CLIENT_ID)) return own;
  const clientId = file.destinations.find(isOurs)?.clientId;
  return { ...own, destinations: own.destinations.map((one) => (isOurs(one) ? { ...one, clientId } : one)) };
}
