/** The secrets that are kept in a private file, and the names of those that are in the keychain. */
import { join } from 'node:path';
import * as z from 'zod';
import { newerVersionIn } from '../../shared/newer-version.ts';
import { readJsonText } from '../../shared/read-json.ts';
import { type PrivateFile, privateFileAt } from '../platform/private-file.ts';

export interface SecretFiles {
  /** Where secrets are while there is no keychain. */
  readonly secretsPath: string;
  /**
   * Where the names are of what the keychain holds. Without them a start out of the keychain's reach, over ssh or from
   * cron, would take the audit key for missing and make another.
   */
  readonly namesPath: string;
  /** By name. */
  secrets(): Readonly<Record<string, string>>;
  names(): readonly string[];
  /** Forgets it without a value. */
  writeSecret(name: string, value?: string): void;
  writeName(name: string, isHeld: boolean): void;
}

const secretsSchema = z.strictObject({
  version: z.literal(1),
  secrets: z.record(z.string(), z.string().min(1)),
});
const namesSchema = z.strictObject({ version: z.literal(1), names: z.array(z.string()) });

/** All of it throws if a file is there and not private, or damaged. */
export function secretFilesIn(dataDir: string): SecretFiles {
  const secretsPath = join(dataDir, 'secrets.json');
  const namesPath = join(dataDir, 'keychain.json');
  const secretsFile = privateFileAt(secretsPath);
  const namesFile = privateFileAt(namesPath);
  const secrets = () => parse(secretsFile, secretsPath, secretsSchema)?.secrets ?? {};
  const names = () => parse(namesFile, namesPath, namesSchema)?.names ?? [];
  return {
    secretsPath,
    namesPath,
    secrets,
    names,
    writeSecret(name, value) {
      const { [name]: old, ...others } = secrets();
      if (old === value) return;
      const next = value === undefined ? others : { ...others, [name]: value };
      secretsFile.write(`${JSON.stringify({ version: 1, secrets: next }, null, 2)}\n`);
    },
    writeName(name, isHeld) {
      const held = names();
      if (held.includes(name) === isHeld) return;
      const next = isHeld ? [...held, name] : held.filter((other) => other !== name);
      namesFile.write(`${JSON.stringify({ version: 1, names: next }, null, 2)}\n`);
    },
  };
}

/** Errors of JSON and zod quote what they read, so they are left out. */
function parse<T>(file: PrivateFile, path: string, schema: z.ZodType<T>): T | undefined {
  const text = file.read();
  if (text === undefined) return undefined;
  let parsed: z.ZodSafeParseResult<T> | undefined;
  try {
    parsed = schema.safeParse(readJsonText(text));
  } catch {
    // Not JSON: the same to the user.
  }
  const newer = newerVersionIn(text);
  if (newer !== undefined) throw new Error(`${path} ${newer}.`);
  if (!parsed?.success)
    throw new Error(`${path} is damaged: restore it from a backup, or delete it and set its secrets again.`);
  return parsed.data;
}
