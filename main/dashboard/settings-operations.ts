/** What the dashboard can set: settings and secrets, and who may call. */
import type { PersonalSecret, Settings } from '../../shared/settings.ts';
import type { LocalTokens } from '../endpoint/local-tokens.ts';
import type { Pairing } from '../endpoint/pairing.ts';
import type { BoundSecrets } from '../platform/bound-secrets.ts';
import { type Secrets, SecretsLocked } from '../platform/secrets.ts';
import { secretUses } from '../secret-uses.ts';
import type { Setup } from '../setup.ts';
import type { Handlers } from './handlers.ts';
import type { Sessions } from './sessions.ts';

export interface SettingsOperationsDeps {
  readonly setup: Setup;
  readonly pairing: Pairing;
  readonly localTokens: LocalTokens;
  readonly secrets: Secrets;
  readonly boundSecrets: Pick<BoundSecrets, 'origin'>;
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
  const { setup, pairing, localTokens, secrets, boundSecrets, sessions } = deps;
  return {
    sessionList: async () => sessions.list(),
    sessionEnd: async ({ id }) => ({ ended: sessions.end(id) }),
    settingsGet: async () => ({
      settings: shown(setup.inForce.settings),
      fromEnvironment: [...setup.fromEnvironment],
      atNextStart: setup.atNextStart(),
    }),
    async settingsSet({ settings, secrets: entered = [] }) {
      const saved = await setup.save(settings, new Map(entered.map(({ name, value }) => [name, value])));
      if ('errors' in saved) return saved;
      return { ...saved, settings: shown(saved.settings), atNextStart: setup.atNextStart() };
    },
    tokenList: async () => localTokens.list(),
    tokenCreate: async ({ name }) => orRefused(() => ({ token: localTokens.create(name) })),
    pairingOpen: async ({ name }) => orRefused(() => pairing.open(name)),
    async pairingClose() {
      pairing.close();
      return {};
    },
    tokenRevoke: async ({ name }) => ({ revoked: localTokens.revoke(name) }),
    secretList() {
      const uses = secretUses(setup.inForce.settings, setup.fromEnvironment);
      const names = new Set<PersonalSecret>([
        'client-secret',
        'signing-secret',
        ...uses.map(({ name }) => name),
      ]);
      return Promise.all(
        [...names].map(async (name) => {
          const origin = uses.find((use) => use.name === name)?.origin ?? null;
          try {
            const enteredFor = (await boundSecrets.origin(name)) ?? null;
            return { name, source: await secrets.source(name), origin, enteredFor };
          } catch (error) {
            if (!(error instanceof SecretsLocked)) throw error;
            return { name, source: 'locked' as const, origin, enteredFor: null };
          }
        }),
      );
    },
    async secretSet({ name, value }) {
      try {
        return { refused: await setup.setSecret(name, value) };
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
