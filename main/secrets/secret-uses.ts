/** The secrets that settings have use for, and the origins that they go to. */

import { formOf } from '../../shared/destinations/forms.ts';
import type { PersonalSecret } from '../../shared/secret-names.ts';
import type { Settings } from '../../shared/settings.ts';
import type { SecretUse } from './bound-secrets.ts';

/** `fromEnvironment` names the members that the environment sets. */
export function secretUses(settings: Settings, fromEnvironment: readonly string[]): SecretUse[] {
  return [
    ...destinationSecrets(settings.destination, fromEnvironment),
    ...settings.webhooks.map((webhook) => webhookSecret(webhook, fromEnvironment)),
    ...settings.shipping.flatMap((receiver) =>
      receiver.kind === 'otlp' && receiver.secretHeader !== undefined ? [receiverSecret(receiver)] : [],
    ),
  ];
}

/** What a secret is called where people read of it. */
export function secretLabel(name: PersonalSecret): string {
  const [kind, id] = name.split(':');
  if (kind === 'client-secret') return 'OAuth client secret';
  if (kind === 'signing-secret') return 'signing secret';
  return kind === 'webhook-secret' ? `secret of the webhook ${id}` : `secret for the log’s receiver ${id}`;
}

export function destinationSecrets(
  destination: Settings['destination'],
  fromEnvironment: readonly string[],
): SecretUse[] {
  const { secrets, addressVariables: variables } = formOf(destination);
  const isNamedInEnvironment = fromEnvironment.includes('destination');
  return secrets(destination).map(({ name, label, url }) => ({
    name,
    label,
    origin: new URL(url).origin,
    variables,
    isNamedInEnvironment,
  }));
}

export function webhookSecret(
  { id, url }: Settings['webhooks'][number],
  fromEnvironment: readonly string[],
): SecretUse {
  const named = { variables: 'PRODUCTIVITY_WEBHOOK_URL', isNamed: fromEnvironment.includes('webhooks') };
  return use(`webhook-secret:${id}`, url, id === 'productivity' ? named : undefined);
}

export function receiverSecret({ id, url }: { readonly id: string; readonly url: string }): SecretUse {
  return use(`shipper-secret:${id}`, url);
}

function use(
  name: PersonalSecret,
  url: string,
  named?: { readonly variables: string; readonly isNamed: boolean },
): SecretUse {
  return {
    name,
    label: secretLabel(name),
    origin: new URL(url).origin,
    variables: named?.variables,
    isNamedInEnvironment: named?.isNamed === true,
  };
}
