/** The settings: `settings.json` in the data folder, through conf, and the environment, which wins. */
import { accessSync, chmodSync, constants } from 'node:fs';
import { join } from 'node:path';
import { pointerTo } from '../../shared/pointer.ts';
import { type Settings, settingsSchema } from '../../shared/settings.ts';
import { Conf } from './conf.ts';
import { writePrivateFile } from './private-file.ts';
import { type Environment, fromEnvironment, membersIn } from './settings-environment.ts';
import { SettingsInvalid } from './settings-invalid.ts';

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

/** Each error has the RFC 6901 pointer of a member. */
export interface FieldErrors {
  readonly errors: { readonly pointer: string; readonly detail: string }[];
}

export interface OpenSettings {
  /** What counts at the start: the file, and the environment over it. */
  readonly current: Settings;
  /** The members that the environment sets, and that the file therefore cannot change; with dots, as in `a.b`. */
  readonly fromEnvironment: readonly string[];
  /** What would count once `given` was saved; nothing is written before `save`. */
  check(given: unknown): { readonly settings: Settings; save(): void } | FieldErrors;
}

/** Reads file and environment; throws SettingsInvalid. A missing file means the defaults, and is not made. */
export function openSettings(dataDir: string, env: Environment): OpenSettings {
  let file = parse(migrated(readFile(dataDir)), 'settings.json', (path) => path.join('.') || '(all)');
  const locked = membersIn(env);

  return {
    current: under(env, file),
    fromEnvironment: locked,
    check(given) {
      const parsed = settingsSchema.safeParse(given);
      if (!parsed.success) {
        const errors = parsed.error.issues.map(({ path, message }) => {
          return { pointer: pointerTo(path), detail: message };
        });
        return { errors };
      }
      // What the environment says is no part of the file: it would go on to count when the variable is gone.
      const own = Object.entries(file).filter(([member]) => locked.includes(member));
      const next: Settings = { ...parsed.data, ...Object.fromEntries(own) };
      const settings = under(env, next);
      return {
        settings,
        save() {
          writePrivateFile(join(dataDir, 'settings.json'), `${JSON.stringify(next, null, 2)}\n`);
          file = next;
        },
      };
    },
  };
}

function under(env: Environment, file: Settings): Settings {
  return parse({ ...file, ...fromEnvironment(env, file) }, 'the environment', (path) => {
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

function parse(value: unknown, source: string, nameOf: (path: PropertyKey[]) => string): Settings {
  const result = settingsSchema.safeParse(value);
  if (result.success) return result.data;
  const lines = result.error.issues.map(({ path, message }) => `  ${nameOf(path)}: ${message}`);
  throw new SettingsInvalid(`${source} has settings that do not fit:\n${lines.join('\n')}`);
}
