/** Settings, tokens, secrets and webhooks in memory. */

import { destinationKinds } from '../../shared/destinations/forms.ts';
import type { PersonalSecret } from '../../shared/secret-names.ts';
import { secretFacts, secretsOf } from '../../shared/secrets.ts';
import { type Settings, settingsSchema } from '../../shared/settings.ts';
import type { Handlers } from './fake-api.ts';

interface Options {
  /** Secrets that were entered for other addresses. */
  readonly elsewhere?: readonly (readonly [PersonalSecret, string])[] | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly entries: number;
  readonly fromEnvironment: readonly string[];
  /** Of the pop that a webhook could not be told of. */
  readonly popId: string;
}

type SettingsHandlers = Pick<
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
  | 'webhookQueue'
  | 'webhookResend'
>;

/** With entries in the log, somebody has set things up before. */
export function fakeSettings({
  elsewhere = [],
  now,
  entries,
  fromEnvironment,
  popId,
}: Options): SettingsHandlers {
  let settings = settingsSchema.parse({
    destinations:
      entries > 0
        ? [{ id: 'genesys', kind: 'genesys-screenpops', region: 'mypurecloud.ie', clientId: '7d1f0a52' }]
        : undefined,
    webhooks: entries > 0 ? [{ id: 'productivity', url: 'https://hooks.example.com/poptray' }] : [],
    shipping:
      entries > 0
        ? [
            { id: 'siem', kind: 'syslog', host: 'logs.example.com' },
            { id: 'collector', kind: 'otlp', url: 'https://otel.example.com:4318' },
          ]
        : [],
  });
  let tokens =
    entries > 0
      ? [
          { name: 'my-softphone', createdAt: '2026-10-02T08:15:00.000Z', origin: null as string | null },
          { name: 'crm', createdAt: '2026-10-05T09:30:00.000Z', origin: 'https://crm.example.com' },
        ]
      : [];
  const secrets = new Map<PersonalSecret, 'keychain' | 'environment' | 'file' | null>([
    ['destination:genesys:client-secret', entries > 0 ? 'keychain' : null],
    ['destination:genesys:signing-secret', entries > 0 ? 'environment' : null],
    ['webhook-secret:productivity', null],
  ]);
  let sessions = [
    { id: 'fake', browser: 'Chrome 140 on Linux', openedAt: now - 5_400_000, usedAt: now, isPresent: true },
    {
      id: 'old',
      browser: 'Firefox 143 on Linux',
      openedAt: now - 9_000_000,
      usedAt: now - 600_000,
      isPresent: false,
    },
  ];
  const enteredFor = new Map<PersonalSecret, string>(elsewhere);
  let dead =
    entries > 0
      ? [{ id: 'm1', webhook: 'productivity', popId: popId, attempts: 10, failure: 'http_503' }]
      : [];

  return {
    settingsGet: () => ({
      settings,
      destinationKinds: [...destinationKinds],
      fromEnvironment: [...fromEnvironment],
      atNextStart: [],
    }),
    settingsSet({ settings: wanted }) {
      const parsed = settingsSchema.safeParse(wanted);
      if (!parsed.success) {
        return {
          errors: parsed.error.issues.map(({ path, message }) => ({
            pointer: `/${path.join('/')}`,
            detail: message,
          })),
        };
      }
      settings = parsed.data;
      return { settings, atNextStart: [], keptAside: null };
    },
    tokenList: () => tokens,
    tokenCreate({ name }) {
      if (tokens.some((token) => token.name === name)) return { refused: 'there is a token of that name' };
      tokens = [...tokens, { name, createdAt: new Date().toISOString(), origin: null }];
      return { token: 'pt_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFy' };
    },
    tokenRevoke({ name }) {
      const before = tokens.length;
      tokens = tokens.filter((token) => token.name !== name);
      return { revoked: tokens.length < before };
    },
    pairingOpen: ({ name }) =>
      tokens.some((token) => token.name === name)
        ? { refused: 'there is a token of that name' }
        : { code: '482913', until: Date.now() + 120_000 },
    pairingClose: () => ({}),
    sessionList: () => sessions,
    sessionEnd({ id }) {
      const before = sessions.length;
      sessions = sessions.filter((session) => session.id !== id);
      return { ended: sessions.length < before };
    },
    secretList: () =>
      [...secrets].map(([name, source]) => {
        const origin = originOf(name, settings);
        return {
          name,
          label: secretFacts(name).label,
          source,
          origin,
          enteredFor: source === null ? null : (enteredFor.get(name) ?? origin),
        };
      }),
    secretSet({ name, value }) {
      enteredFor.delete(name);
      secrets.set(name, value === null ? null : 'keychain');
      return { refused: null };
    },
    webhookQueue: () => ({ waiting: entries > 0 ? 3 : 0, dead }),
    webhookResend({ id }) {
      dead = dead.filter((letter) => letter.id !== id);
      return { found: true };
    },
  };
}

function originOf(name: PersonalSecret, settings: Settings): string | null {
  const use = secretsOf(settings, []).find((one) => one.name === name);
  return use?.origin ?? (name.startsWith('webhook-secret:') ? 'https://hooks.example.com' : null);
}
