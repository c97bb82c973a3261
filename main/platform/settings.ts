/** The settings: `settings.json` in the data folder, through conf, and the environment, which wins. */
import { accessSync, chmodSync, constants } from 'node:fs';
import type * as z from 'zod';
import { type Settings, settingsSchema } from '../../shared/settings.ts';
import { Conf } from './conf.ts';

/** The settings are wrong; the message names each field and what it should be. */
export class SettingsInvalid extends Error {
  override readonly name = 'SettingsInvalid';
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Brings a file of version N to N + 1, for N = the index. Files without a version are of version 0. */
const MIGRATIONS: readonly ((file: Record<string, unknown>) => Record<string, unknown>)[] = [
  (file) => ({ ...file, version: 1 }),
];

/** The variable behind a setting, by the last name in its path. */
const VARIABLES: Readonly<Record<string, string>> = {
  port: 'POPTRAY_PORT',
  rateLimit: 'POPTRAY_RATE_LIMIT',
  baseUrl: 'GENESYS_BASE_URL',
  region: 'GENESYS_REGION',
  id: 'POPTRAY_APPLICATION_ID',
  baseUri: 'POPTRAY_TARGET_URI',
  allowedOrigins: 'POPTRAY_TARGET_URI',
  url: 'PRODUCTIVITY_WEBHOOK_URL',
};

/** Reads file and environment; throws SettingsInvalid. A missing file means the defaults, and is not made. */
export function loadSettings(dataDir: string, env: Environment): Settings {
  const fromFile = parse(migrated(readFile(dataDir)), 'settings.json', (path) => path.join('.') || '(all)');
  return parse({ ...fromFile, ...fromEnvironment(env, fromFile) }, 'the environment', (path) => {
    return VARIABLES[String(path.findLast((step) => typeof step === 'string'))] ?? path.join('.');
  });
}

function readFile(dataDir: string): Record<string, unknown> {
  try {
    const conf = new Conf<Record<string, unknown>>({
      cwd: dataDir,
      configName: 'settings',
      clearInvalidConfig: false,
      configFileMode: 0o600,
      deserialize: parseObject,
    });
    accessSync(conf.path, constants.R_OK);
    chmodSync(conf.path, 0o600);
    return { ...conf.store };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    if (error instanceof SyntaxError) {
      throw new SettingsInvalid(
        'settings.json is not a JSON object: mend it, or move it away to start from the defaults',
      );
    }
    throw new SettingsInvalid(`settings.json cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** Throws SyntaxError. Editors on Windows put a byte order mark first; conf would take a list or null for no settings. */
function parseObject(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SyntaxError();
  return value as Record<string, unknown>;
}

function migrated(file: Record<string, unknown>): Record<string, unknown> {
  const { version = 0 } = file;
  if (typeof version !== 'number') throw new SettingsInvalid('settings.json: version must be a number');
  if (version > MIGRATIONS.length) {
    throw new SettingsInvalid(
      `settings.json is of version ${version}; this poptray knows up to ${MIGRATIONS.length}`,
    );
  }
  return MIGRATIONS.slice(version).reduce((settings, migrate) => migrate(settings), file);
}

/** The members that the environment sets, and that the file therefore cannot change. */
export function membersFromEnvironment(env: Environment): string[] {
  return Object.keys(fromEnvironment(env, settingsSchema.parse({})));
}

/** What contract §6 lets the environment say, over what the file says. */
function fromEnvironment(env: Environment, file: Settings): z.input<typeof settingsSchema> {
  const value = (name: string) => (env[name]?.trim() === '' ? undefined : env[name]?.trim());
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
    throw new SettingsInvalid('POPTRAY_TARGET_URI must be an absolute https URL');
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
        { id: 'productivity', url: webhookUrl },
      ],
    }),
  };
}

function where(known: { region?: string | undefined; baseUrl?: string | undefined } | undefined) {
  return { region: known?.region, baseUrl: known?.baseUrl };
}

function parse(value: unknown, source: string, nameOf: (path: PropertyKey[]) => string): Settings {
  const result = settingsSchema.safeParse(value);
  if (result.success) return result.data;
  const lines = result.error.issues.map(({ path, message }) => `  ${nameOf(path)}: ${message}`);
  throw new SettingsInvalid(`${source} has settings that do not fit:\n${lines.join('\n')}`);
}
