/** The settings: the file in the data folder, and the environment, which wins. */
import type * as z from 'zod';
import { pointerTo } from '../../shared/pointer.ts';
import { type Settings, settingsSchema, shownSettingsSchema } from '../../shared/settings.ts';
import type { Environment } from '../platform/environment.ts';
import { fromEnvironment, membersIn, ownMembers } from './settings-environment.ts';
import { openSettingsFile } from './settings-file.ts';
import { parseSettings, SettingsInvalid } from './settings-parse.ts';

/** The variable behind a setting, by the last name in its path. */
const VARIABLES: Readonly<Record<string, string>> = {
  port: 'POPTRAY_PORT',
  userId: 'POPTRAY_AGENT',
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
  /** Whether the file or the environment says which port it is. */
  readonly isPortNamed: boolean;
  /** What is wrong with the file while its last good copy counts instead, for people; else null. */
  readonly fault: string | null;
  /** What would count by the last good copy of the file; undefined while there is none. */
  readonly lastGood: Settings | undefined;
  /** Makes the file its own last good copy: to be called once poptray has started with it. */
  keepGood(): void;
  /**
   * What would count once `given` was saved; nothing is written before `save`. What somebody else has put into the
   * file is kept aside then: `save` returns under which name, or null.
   */
  check(given: unknown): { readonly settings: Settings; save(): string | null } | FieldErrors;
}

/** Reads file and environment; throws SettingsInvalid. */
export function openSettings(dataDir: string, env: Environment): OpenSettings {
  const file = openSettingsFile(dataDir);
  const locked = membersIn(env);

  return {
    current: under(env, file.settings),
    fromEnvironment: locked,
    get isPortNamed() {
      return locked.includes('port') || file.isPortNamed;
    },
    get fault() {
      return file.fault;
    },
    get lastGood() {
      const { lastGood } = file;
      try {
        return lastGood && under(env, lastGood);
      } catch {
        // The environment does not fit it any more.
        return undefined;
      }
    },
    keepGood: file.keepGood,
    check(given) {
      if (typeof given === 'object' && given !== null && 'updateFeed' in given)
        return { errors: [{ pointer: '/updateFeed', detail: 'can be set in settings.json alone' }] };
      const parsed = shownSettingsSchema.safeParse(given);
      if (!parsed.success) return errorsOf(parsed.error);
      const { updateFeed } = file.settings;
      const wanted: Settings = { ...parsed.data, ...(updateFeed !== undefined && { updateFeed }) };
      // What the environment says is no part of the file: it would go on to count when the variable is gone.
      const next = ownMembers(wanted, file.settings, locked);
      // Some of the file and some of what was given may not go together.
      const whole = settingsSchema.safeParse(next);
      if (!whole.success) return errorsOf(whole.error);
      try {
        return { settings: under(env, next), save: () => file.write(next) };
      } catch (error) {
        if (!(error instanceof SettingsInvalid)) throw error;
        return { errors: [{ pointer: '', detail: error.message }] };
      }
    },
  };
}

function errorsOf({ issues }: z.ZodError): FieldErrors {
  return { errors: issues.map(({ path, message }) => ({ pointer: pointerTo(path), detail: message })) };
}

function under(env: Environment, file: Settings): Settings {
  return parseSettings({ ...file, ...fromEnvironment(env, file) }, 'the environment', (path) => {
    return VARIABLES[String(path.findLast((step) => typeof step === 'string'))] ?? path.join('.');
  });
}
