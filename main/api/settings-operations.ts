/** What the dashboard can set: settings and secrets, and who may call. */
import type { RecordChange } from '../../shared/change.ts';
import { destinationKinds } from '../../shared/destinations/forms.ts';
import type { PersonalSecret } from '../../shared/secret-names.ts';
import { SECRETS_WITH_VARIABLE, secretFacts, secretsOf } from '../../shared/secrets.ts';
import type { Settings } from '../../shared/settings.ts';
import { settingsChange } from '../config/settings-change.ts';
import type { LocalTokens } from '../endpoint/local-tokens.ts';
import type { Pairing } from '../endpoint/pairing.ts';
import type { Sessions } from '../platform/sessions.ts';
import type { BoundSecrets } from '../secrets/bound-secrets.ts';
import { type Secrets, SecretsLocked } from '../secrets/secrets.ts';
import type { Handlers } from './api.ts';
import type { SettingsAccess } from './ports.ts';

export interface SettingsOperationsDeps {
  readonly runtimeConfig: SettingsAccess;
  readonly pairing: Pairing;
  readonly localTokens: LocalTokens;
  readonly secrets: Secrets;
  readonly boundSecrets: Pick<BoundSecrets, 'origin'>;
  readonly record: RecordChange;
  readonly sessions: Pick<Sessions, 'list' | 'end'>;
}

type SettingsOperations = Pick<
  Handlers,
  | 'settingsGet'
  | 'settingsSet'
  | 'tokenList'
  | 'tokenCreate'
  | 'tokenRevoke'
  | 'pairingOpen'
  | 'pairingClose'
  | 'secretList'
  | 'secretSet'
  | 'sessionList'
  | 'sessionEnd'
>;

export function createSettingsOperations(deps: SettingsOperationsDeps): SettingsOperations {
  const { runtimeConfig, pairing, localTokens, secrets, boundSecrets, sessions, record } = deps;
  return {
    sessionList: async () => sessions.list(),
    async sessionEnd({ id }, actor) {
      const ended = sessions.end(id);
      if (ended) await record(actor, { subject: 'session', action: 'ended', name: id });
      return { ended };
    },
    settingsGet: async () => ({
      settings: shown(runtimeConfig.current.settings),
      destinationKinds: [...destinationKinds],
      fromEnvironment: [...runtimeConfig.fromEnvironment],
      atNextStart: runtimeConfig.atNextStart(),
    }),
    async settingsSet({ settings, secrets: entered = [] }, actor) {
      const saved = await runtimeConfig.save(
        settings,
        new Map(entered.map(({ name, value }) => [name, value])),
      );
      if ('errors' in saved) return saved;
      const { before, kept, ...rest } = saved;
      const change = settingsChange(before, saved.settings);
      if (change) await record(actor, change);
      for (const name of kept) await record(actor, { subject: 'secret', action: 'set', name });
      return { ...rest, settings: shown(saved.settings), atNextStart: runtimeConfig.atNextStart() };
    },
    tokenList: async () => localTokens.list(),
    async tokenCreate({ name }, actor) {
      const made = orRefused(() => ({ token: localTokens.create(name) }));
      if (!('refused' in made)) await record(actor, { subject: 'token', action: 'created', name });
      return made;
    },
    async pairingOpen({ name }, actor) {
      const opened = orRefused(() => pairing.open(name));
      if (!('refused' in opened)) await record(actor, { subject: 'pairing', action: 'opened', name });
      return opened;
    },
    async pairingClose(_, actor) {
      pairing.close();
      await record(actor, { subject: 'pairing', action: 'closed' });
      return {};
    },
    async tokenRevoke({ name }, actor) {
      const revoked = localTokens.revoke(name);
      if (revoked) await record(actor, { subject: 'token', action: 'revoked', name });
      return { revoked };
    },
    secretList() {
      const uses = secretsOf(runtimeConfig.current.settings, runtimeConfig.fromEnvironment);
      const names = new Set<PersonalSecret>([...SECRETS_WITH_VARIABLE, ...uses.map(({ name }) => name)]);
      return Promise.all(
        [...names].map(async (name) => {
          const { label } = secretFacts(name);
          const origin = uses.find((use) => use.name === name)?.origin ?? null;
          try {
            const enteredFor = (await boundSecrets.origin(name)) ?? null;
            return { name, label, source: await secrets.source(name), origin, enteredFor };
          } catch (error) {
            if (!(error instanceof SecretsLocked)) throw error;
            return { name, label, source: 'locked' as const, origin, enteredFor: null };
          }
        }),
      );
    },
    async secretSet({ name, value }, actor) {
      try {
        const refused = await runtimeConfig.setSecret(name, value);
        const action = value === null ? 'cleared' : 'set';
        if (refused === null) await record(actor, { subject: 'secret', action, name });
        return { refused };
      } catch (error) {
        return { refused: (error as Error).message };
      }
    },
  };
}

/** What somebody asked for by a name that will not do is refused in words. */
function orRefused<T>(action: () => T): T | { refused: string } {
  try {
    return action();
  } catch (error) {
    return { refused: (error as Error).message };
  }
}

/** Where updates come from is for the settings file alone: what comes from there is run. */
function shown({ updateFeed: _, ...settings }: Settings): Omit<Settings, 'updateFeed'> {
  return settings;
}
