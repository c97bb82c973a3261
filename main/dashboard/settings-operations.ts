/** What the dashboard can set: settings and secrets, and who may call. */
import type { PersonalSecret } from '../../shared/settings.ts';
import type { LocalTokens } from '../endpoint/local-tokens.ts';
import type { Pairing } from '../endpoint/pairing.ts';
import { type Secrets, SecretsLocked } from '../platform/secrets.ts';
import type { Setup } from '../setup.ts';
import type { Handlers } from './handlers.ts';
import type { Sessions } from './sessions.ts';

export interface SettingsOperationsDeps {
  readonly setup: Setup;
  readonly pairing: Pairing;
  readonly localTokens: LocalTokens;
  readonly secrets: Secrets;
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
  const { setup, pairing, localTokens, secrets, sessions } = deps;
  return {
    sessionList: async () => sessions.list(),
    sessionEnd: async ({ id }) => ({ ended: sessions.end(id) }),
    settingsGet: async () => ({
      settings: setup.inForce.settings,
      fromEnvironment: [...setup.fromEnvironment],
      atNextStart: setup.atNextStart(),
    }),
    async settingsSet({ settings }) {
      const saved = await setup.save(settings);
      return 'errors' in saved ? saved : { ...saved, atNextStart: setup.atNextStart() };
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
      const { webhooks, shipping } = setup.inForce.settings;
      const names: PersonalSecret[] = [
        'client-secret',
        'signing-secret',
        ...webhooks.map(({ id }) => `webhook-secret:${id}` as const),
        ...shipping
          .filter((shipper) => 'secretHeader' in shipper)
          .map(({ id }) => `shipper-secret:${id}` as const),
      ];
      const sourceOf = (name: PersonalSecret) =>
        secrets.source(name).catch((error) => {
          if (error instanceof SecretsLocked) return 'locked' as const;
          throw error;
        });
      return Promise.all(names.map(async (name) => ({ name, source: await sourceOf(name) })));
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
