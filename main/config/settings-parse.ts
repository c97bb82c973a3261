/** What the text of a settings file says. */
import packageJson from '../../package.json' with { type: 'json' };
import { readJsonText } from '../../shared/read-json.ts';
import { type Settings, settingsSchema } from '../../shared/settings.ts';

/** The settings are wrong; the message names each field and what it should be. */
export class SettingsInvalid extends Error {
  override readonly name = 'SettingsInvalid';
}

/** Brings a file of version N to N + 1, for N = the index. Files without a version are of version 0. */
const MIGRATIONS: readonly ((file: Record<string, unknown>) => Record<string, unknown>)[] = [
  (file) => ({ ...file, version: 1 }),
];

/** Throws SyntaxError and JsonRefused; conf would take a list or null for no settings. */
export function parseObject(text: string): Record<string, unknown> {
  const value = readJsonText(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SyntaxError();
  return value as Record<string, unknown>;
}

/** Of any known version; throws SettingsInvalid. */
export function settingsIn(file: Record<string, unknown>): Settings {
  return parseSettings(migrated(file), 'settings.json', (path) => path.join('.') || '(all)');
}

/** Whether a file is of an earlier version: what is saved over it cannot be read by the poptray that wrote it. */
export function isOfEarlierVersion({ version = 0 }: Record<string, unknown>): boolean {
  return typeof version === 'number' && version < MIGRATIONS.length;
}

function migrated(file: Record<string, unknown>): Record<string, unknown> {
  const { version = 0 } = file;
  if (typeof version !== 'number') throw new SettingsInvalid('settings.json: version must be a number');
  if (version > MIGRATIONS.length) {
    throw new SettingsInvalid(
      `settings.json is of version ${version}, which a newer poptray has written; this one (${packageJson.version}) knows up to ${MIGRATIONS.length}: install the newer one again, or put back the settings of before`,
    );
  }
  return MIGRATIONS.slice(version).reduce((settings, migrate) => migrate(settings), file);
}

/** Throws SettingsInvalid with a line for each member that does not fit, as `nameOf` its path. */
export function parseSettings(
  value: unknown,
  source: string,
  nameOf: (path: PropertyKey[]) => string,
): Settings {
  const result = settingsSchema.safeParse(value);
  if (result.success) return result.data;
  const lines = result.error.issues.map(({ path, message }) => `  ${nameOf(path)}: ${message}`);
  throw new SettingsInvalid(`${source} has settings that do not fit:\n${lines.join('\n')}`);
}
