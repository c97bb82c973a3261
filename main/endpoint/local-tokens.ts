/** The bearer tokens of local clients. Only their hashes are kept. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { newerVersionIn } from '../../shared/newer-version.ts';
import { readJsonText } from '../../shared/read-json.ts';
import { secretText } from '../../shared/secret-text.ts';
import type { Clock } from '../pipeline/ports.ts';
import { digestOf, proofOf } from './proof.ts';

/** Where the hashes are; the command line changes them in another process. */
export interface TokenFile {
  /** Undefined if there is none. */
  read(): string | undefined;
  write(text: string): void;
  /** Differs after every write by any process. */
  stamp(): string;
}

export interface LocalTokens {
  /**
   * Returns the token, which is shown this once; throws as checkName does. With an origin, pages of that origin may
   * call for as long as there is the token.
   */
  create(name: string, origin?: string): string;
  /** Throws if the name is bad, reserved or taken. */
  checkName(name: string): void;
  list(): { name: string; createdAt: string; origin: string | null }[];
  /** Whether there was one. */
  revoke(name: string): boolean;
  /** Makes the token of the poptray command, in the place of an old one, and returns it. */
  renewCommand(): string;
  /** The name of the client whose token this is. Takes the same time for every wrong token. */
  identify(presented: string): string | undefined;
  /** Whether a page of this origin got a token that is still good. */
  isPaired(origin: string): boolean;
  /** For each token that it is known here, which whoever has one of them can check. */
  prove(port: number, nonce: string): string[];
}

export interface LocalTokensOptions {
  readonly file: TokenFile;
  /** POPTRAY_TOKEN: the token of the client `environment`; empty is none. */
  readonly envToken?: string | undefined;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
}

const ENVIRONMENT = 'environment';
/** The client name of the poptray command's own token. */
export const COMMAND_CLIENT = 'poptray-command';
/** The clients that act for the person at the machine; all others may fire pops. */
export const OWNERS: ReadonlySet<string> = new Set([ENVIRONMENT, COMMAND_CLIENT]);

/** For as long a revoked token may still pass. */
const RECHECK_MS = 200;

const nameSchema = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/);
const fileSchema = z.strictObject({
  version: z.literal(1),
  tokens: z.array(
    z.strictObject({
      name: nameSchema,
      hash: z.string().regex(/^[0-9a-f]{64}$/),
      createdAt: z.iso.datetime(),
      origin: z.string().max(300).optional(),
    }),
  ),
});
type StoredToken = z.infer<typeof fileSchema>['tokens'][number];

/** Throws if `envToken` is shorter than 32 characters. Every method throws if the file cannot be read. */
export function createLocalTokens({ file, envToken: given, clock }: LocalTokensOptions): LocalTokens {
  const envToken = secretText(given ?? '');
  if (envToken && envToken.length < 32) throw new Error('POPTRAY_TOKEN must have at least 32 characters.');
  const fromEnvironment = envToken ? [{ name: ENVIRONMENT, digest: digestOf(envToken) }] : [];

  let known: { name: string; digest: Buffer; origin?: string | undefined }[] = [];
  let stamp: string | undefined;
  let checkedAt = Number.NEGATIVE_INFINITY;

  const refresh = () => {
    // Stamp first: a write between the two is then seen the next time.
    const current = file.stamp();
    if (current !== stamp) {
      const stored = parse(file.read());
      known = [
        ...fromEnvironment,
        ...stored.map(({ name, hash, origin }) => ({ name, digest: Buffer.from(hash, 'hex'), origin })),
      ];
      stamp = current;
    }
    checkedAt = clock.monotonic();
  };
  /** Whether the file was looked at. */
  const refreshIfDue = () => {
    const isDue = clock.monotonic() - checkedAt >= RECHECK_MS;
    if (isDue) refresh();
    return isDue;
  };
  const find = (digest: Buffer) => {
    let name: string | undefined;
    // To the end, also after a match: the time says nothing about which one it was.
    for (const token of known) if (timingSafeEqual(token.digest, digest)) name = token.name;
    return name;
  };
  const write = (tokens: StoredToken[]) => {
    file.write(`${JSON.stringify({ version: 1, tokens }, null, 2)}\n`);
    refresh();
  };
  const add = (name: string, others: StoredToken[], origin?: string) => {
    const token = `pt_${randomBytes(32).toString('base64url')}`;
    const createdAt = new Date(clock.now()).toISOString();
    const hash = digestOf(token).toString('hex');
    write([...others, { name, hash, createdAt, ...(origin !== undefined && { origin }) }]);
    return token;
  };
  const checkName = (name: string, tokens: StoredToken[]) => {
    if (!nameSchema.safeParse(name).success) {
      throw new Error(
        'A token’s name must have 1 to 64 lower-case letters, digits, dots, hyphens or underscores, the first a letter or digit.',
      );
    }
    if (OWNERS.has(name)) throw new Error(`The name ${name} is kept for poptray’s own use.`);
    if (tokens.some((token) => token.name === name))
      throw new Error(`There is a token named ${name} already.`);
  };

  return {
    create(name, origin) {
      const tokens = parse(file.read());
      checkName(name, tokens);
      return add(name, tokens, origin);
    },
    checkName: (name) => checkName(name, parse(file.read())),
    list: () => parse(file.read()).map(({ name, createdAt, origin = null }) => ({ name, createdAt, origin })),
    revoke(name) {
      const tokens = parse(file.read());
      const others = tokens.filter((token) => token.name !== name);
      if (others.length === tokens.length) return false;
      write(others);
      return true;
    },
    renewCommand() {
      const others = parse(file.read()).filter(({ name }) => name !== COMMAND_CLIENT);
      return add(COMMAND_CLIENT, others);
    },
    identify(presented) {
      const digest = digestOf(presented);
      const isFresh = refreshIfDue();
      const name = find(digest);
      if (name !== undefined || isFresh) return name;
      // A token made a moment ago works at once.
      refresh();
      return find(digest);
    },
    isPaired(origin) {
      refreshIfDue();
      return known.some((token) => token.origin === origin);
    },
    prove(port, nonce) {
      refresh();
      return known.map(({ digest }) => proofOf(digest, port, nonce));
    },
  };
}

function parse(text: string | undefined): StoredToken[] {
  if (text === undefined) return [];
  try {
    return fileSchema.parse(readJsonText(text)).tokens;
  } catch {
    const newer = newerVersionIn(text);
    if (newer !== undefined) throw new Error(`tokens.json ${newer}.`);
    throw new Error(
      'tokens.json is damaged: restore it from a backup, or delete it and create the tokens again.',
    );
  }
}
