/** What the text of a settings file says. */
import packageJson from '../../package.json' with { type: 'json' };
import { destinationForms } from '../../shared/destinations/forms.ts';
import { readJsonText } from '../../shared/read-json.ts';
import { type Settings, settingsSchema } from '../../shared/settings.ts';

/** The settings are wrong; the message names each field and what it should be. */
export class SettingsInvalid extends Error {
  override readonly name = 'SettingsInvalid';
}

type File = Readonly<Record<string, unknown>>;

/** Brings a file of version N to N + 1, for N = the index. */
const MIGRATIONS: readonly ((file: File) => File)[] = [
  (file) => ({ ...file, version: 1 }),
  toSeveralDestinations,
];
const CURRENT = MIGRATIONS.length;

/** Version 1 had one destination, without an id; that of a kind is its usual one. */
function toSeveralDestinations({ destination, ...file }: File): File {
  if ('destinations' in file)
    throw new SettingsInvalid('settings.json: "destinations" is of version 2: say "version": 2');
  if (destination === undefined) return { ...file, version: 2 };
  return { ...file, version: 2, destinations: [isObject(destination) ? named(destination) : destination] };
}

function named({ kind: old, ...members }: File): File {
  const kind = old === 'genesys-cloud' ? 'genesys-screenpops' : old;
  const id = destinationForms.find((form) => form.kind === kind)?.usualId ?? 'destination';
  return { id, kind, ...members };
}

const isObject = (value: unknown): value is File =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Throws SyntaxError and JsonRefused; conf would take a list or null for no settings. */
export function parseObject(text: string): File {
  const value = readJsonText(text);
  if (!isObject(value)) throw new SyntaxError();
  return value;
}

/** Of any known version; throws SettingsInvalid. */
export function settingsIn(file: File): Settings {
  return parseSettings(upgraded(file), 'settings.json', (path) => nameIn(file, path));
}

/** As the file itself has it. */
function nameIn(file: File, [member, ...path]: PropertyKey[]): string {
  const isSingle = member === 'destinations' && 'destination' in file;
  const own = isSingle ? ['destination', ...path.slice(1)] : [member ?? '(all)', ...path];
  return own.join('.');
}

/** Whether a file is of an earlier version: what is saved over it cannot be read by the poptray that wrote it. */
export function isOfEarlierVersion(file: File): boolean {
  return versionOf(file) < CURRENT;
}

/** Who writes a file by hand may leave its version out; `destination` has been there until version 1. */
function versionOf(file: File): number {
  const { version = 'destination' in file ? 0 : CURRENT } = file;
  if (typeof version !== 'number') throw new SettingsInvalid('settings.json: version must be a number');
  return version;
}

/** The file as this version writes it, not yet checked; throws SettingsInvalid for one of a later version. */
export function upgraded(file: File): File {
  const version = versionOf(file);
  if (version > CURRENT) {
    throw new SettingsInvalid(
      `settings.json is of version ${version}, which a newer poptray has written; this one (${packageJson.version}) knows up to ${CURRENT}: install the newer one again, or put back the settings of before`,
    );
  }
  const migrated = MIGRATIONS.slice(version).reduce((settings, migrate) => migrate(settings), file);
  return { ...migrated, version: CURRENT };
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
