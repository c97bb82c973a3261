/** The settings that the environment makes (contract §6). */
import type * as z from 'zod';
import type { Settings, settingsSchema } from '../../shared/settings.ts';
import type { Environment } from '../platform/environment.ts';
import { SettingsInvalid } from './settings-parse.ts';

/** The members that a variable sets, with dots, as in `a.b`. */
const MEMBERS: Readonly<Record<string, string>> = {
  POPTRAY_PORT: 'port',
  POPTRAY_RATE_LIMIT: 'rateLimit',
  GENESYS_BASE_URL: 'destination',
  GENESYS_REGION: 'destination',
  GENESYS_CLIENT_ID: 'destination.clientId',
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
  const known = file.destination.kind === 'genesys-cloud' ? file.destination : undefined;
  const isGenesys = baseUrl !== undefined || region !== undefined || (clientId !== undefined && known);

  return {
    ...(port !== undefined && { port }),
    ...(rateLimit !== undefined && { rateLimit }),
    ...(isGenesys && {
      destination: {
        kind: 'genesys-cloud',
        // A base URL is the more exact word; it wins over a region.
        ...(baseUrl !== undefined ? { baseUrl } : region !== undefined ? { region } : where(known)),
        clientId: clientId ?? known?.clientId,
        scope: known?.scope,
      },
    }),
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

function where(known: { region?: string | undefined; baseUrl?: string | undefined } | undefined) {
  return { region: known?.region, baseUrl: known?.baseUrl };
}
