/** What the dashboard can set: settings and secrets, and who may call. */
import type { RecordChange } from '../../shared/change.ts';
import { destinationKinds } from '../../shared/destinations/forms.ts';
import type { PersonalSecret } from '../../shared/secret-names.ts';
import { SECRETS_WITH_VARIABLE, secretFacts, secretsOf } from '../../shared/secrets.ts';
import type { Settings } from '../../shared/settings.ts';
import type { FieldErrors } from '../config/settings.ts';
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
  | 'agentSet'
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
    async agentSet({ userId, name, country }, actor) {
      if (knownAgent(runtimeConfig).from === 'environment')
        return { refused: 'POPTRAY_AGENT says who works here: change it where poptray is started' };
      const settings = shown(runtimeConfig.current.settings);
      const isSame = userId === settings.agent.userId;
      const named = name === undefined ? isSame && { name: settings.agent.name } : { name };
      const agent = {
        country: country ?? settings.agent.country,
        ...(userId !== null && { userId, ...named }),
      };
      const saved = await runtimeConfig.save({ ...settings, agent });
      if ('errors' in saved) return { refused: saved.errors.map(sayError).join('; ') };
      const change = settingsChange(saved.before, saved.settings);
      if (change) await record(actor, change);
      return { agent: knownAgent(runtimeConfig) };
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

/** Who works here, and where that stands. */
export function knownAgent({
  current,
  fromEnvironment,
}: Pick<SettingsAccess, 'current' | 'fromEnvironment'>) {
  const { userId = null, name = null } = current.settings.agent;
  const from = userId === null ? null : fromEnvironment.includes('agent.userId') ? 'environment' : 'settings';
  return { userId, name, from } as const;
}

function sayError({ pointer, detail }: FieldErrors['errors'][number]): string {
  return `${pointer} ${detail}`;
}

/** Where updates come from is for the settings file alone: what comes from there is run. */
function shown({ updateFeed: _, ...settings }: Settings): Omit<Settings, 'updateFeed'> {
  return settings;
}
