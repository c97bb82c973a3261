/** The secrets of a person: which there can be, and which the settings have use for. All that names one reads this. */
import type { DestinationSecret } from './destinations/form.ts';
import { type DestinationConfig, destinationForms, formOf } from './destinations/forms.ts';
import { isHeaderValue } from './header-value.ts';
import {
  type DestinationSecretName,
  destinationSecret,
  destinationSecrets,
  type PersonalSecret,
  partsOfDestinationSecret,
} from './secret-names.ts';
import type { Settings } from './settings.ts';

/** What its name alone tells of a secret. */
export interface SecretFacts {
  readonly name: PersonalSecret;
  /** For people, as in "The signing secret was entered for…". */
  readonly label: string;
  /** The variable that it can come from. */
  readonly variable: string | undefined;
  /** Why a text cannot be this secret, without the text; null when it can. */
  check(value: string): string | null;
}

/** A secret that the settings have use for. */
export interface SecretUse extends SecretFacts {
  /** Where it goes; it is used for that alone. */
  readonly origin: string;
  /** The variables that can name this origin, for people, and whether one of them does. */
  readonly addressVariables: string | undefined;
  readonly isNamedInEnvironment: boolean;
  /** The part of the settings that it belongs to. */
  readonly part: 'destinations' | 'webhooks' | 'shipping';
  /** RFC 6901: where the settings form asks for it; empty where it does not. */
  readonly pointer: string;
  /** Why it must not be cleared; null when it may be. */
  readonly neededBy: string | null;
}

/** A secret of a destination. */
export interface DestinationSecretUse extends SecretUse {
  /** What its destination's form calls it. */
  readonly ownName: DestinationSecretName;
}

/** The variables of destinations' secrets, by the whole names of these. */
const VARIABLES: ReadonlyMap<PersonalSecret, string> = new Map(
  destinationForms.flatMap(({ usualId, secrets }) =>
    secrets.flatMap(({ name, variable }: DestinationSecret<never>) =>
      variable === undefined ? [] : [[destinationSecret(usualId, name), variable] as const],
    ),
  ),
);

/** All names, for people. */
export const SECRET_NAMES = [
  ...Object.keys(destinationSecrets).map((name) => `destination:ID:${name}`),
  'webhook-secret:ID',
  'shipper-secret:ID',
];

/** Those that the environment may hold whatever the settings say. */
export const SECRETS_WITH_VARIABLE: readonly PersonalSecret[] = [...VARIABLES.keys()];

export function secretFacts(name: PersonalSecret): SecretFacts {
  const parts = partsOfDestinationSecret(name);
  if (parts) {
    const { label, isHeader } = destinationSecrets[parts.name];
    const check = isHeader ? headerFault : () => null;
    return { name, label: `${label} of ${parts.id}`, variable: VARIABLES.get(name), check };
  }
  const id = name.slice(name.indexOf(':') + 1);
  if (name.startsWith('webhook-secret:')) {
    const variable = id === 'productivity' ? 'PRODUCTIVITY_WEBHOOK_SECRET' : undefined;
    return { name, label: `secret of the webhook ${id}`, variable, check: webhookSecretFault };
  }
  const label = `secret for the log’s receiver ${id}`;
  return { name, label, variable: undefined, check: headerFault };
}

/** Those that settings have use for. `fromEnvironment` names the members that the environment sets. */
export function secretsOf(
  { destinations, webhooks, shipping }: Pick<Settings, 'destinations' | 'webhooks' | 'shipping'>,
  fromEnvironment: readonly string[],
): SecretUse[] {
  return [
    ...destinations.flatMap((one) => secretsOfDestination(one, fromEnvironment)),
    ...webhooks.map((webhook, index) => webhookSecret(webhook, fromEnvironment, index)),
    ...shipping.flatMap((receiver) =>
      receiver.kind === 'otlp' && receiver.secretHeader !== undefined ? [receiverSecret(receiver)] : [],
    ),
  ];
}

/** Those that one destination has use for. */
export function secretsOfDestination(
  destination: DestinationConfig,
  fromEnvironment: readonly string[],
): DestinationSecretUse[] {
  const { secrets, addressVariables } = formOf(destination);
  return secrets.flatMap(({ name, url }) => {
    const at = url(destination);
    if (at === null) return [];
    const isNamedInEnvironment = fromEnvironment.includes('destinations');
    const more = { addressVariables, isNamedInEnvironment };
    return [{ ...use(destinationSecret(destination.id, name), 'destinations', at, more), ownName: name }];
  });
}

export function webhookSecret(
  { id, url }: Settings['webhooks'][number],
  fromEnvironment: readonly string[],
  index: number,
): SecretUse {
  const isOurs = id === 'productivity';
  return use(`webhook-secret:${id}`, 'webhooks', url, {
    addressVariables: isOurs ? 'PRODUCTIVITY_WEBHOOK_URL' : undefined,
    isNamedInEnvironment: isOurs && fromEnvironment.includes('webhooks'),
    pointer: `/webhooks/${index}/secret`,
    neededBy: `the webhook ${id} signs with it: remove the webhook first`,
  });
}

export function receiverSecret({ id, url }: { readonly id: string; readonly url: string }): SecretUse {
  return use(`shipper-secret:${id}`, 'shipping', url);
}

function use(
  name: PersonalSecret,
  part: SecretUse['part'],
  url: string,
  more: Partial<SecretUse> = {},
): SecretUse {
  const none = { addressVariables: undefined, isNamedInEnvironment: false, pointer: '', neededBy: null };
  return { ...secretFacts(name), ...none, ...more, part, origin: new URL(url).origin };
}

/** Why a text is no secret of Standard Webhooks 1.0.0, without the text; null when it is one. */
export function webhookSecretFault(secret: string): string | null {
  const base64 = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1] ?? '';
  return isWholeBase64(base64) ? null : 'a webhook secret is "whsec_" and 24 to 64 bytes in base64';
}

/** Decoders pass over what is no base64, so that a mistyped secret would sign with another key than the receiver's. */
function isWholeBase64(base64: string): boolean {
  try {
    const bytes = atob(base64);
    return bytes.length >= 24 && bytes.length <= 64 && btoa(bytes) === base64;
  } catch {
    return false;
  }
}

function headerFault(value: string): string | null {
  return isHeaderValue(value) ? null : 'it cannot be the value of a header';
}
