/** The secrets that settings have use for, and the origins that they go to. */

import { genesysHosts } from '../../shared/genesys-hosts.ts';
import type { PersonalSecret, Settings } from '../../shared/settings.ts';
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
  if (destination.kind === 'simulator') return [];
  const { apiBase, tokenEndpoint } = genesysHosts(destination);
  const named = {
    variables: 'GENESYS_REGION or GENESYS_BASE_URL',
    isNamed: fromEnvironment.includes('destination'),
  };
  return [use('client-secret', tokenEndpoint, named), use('signing-secret', apiBase, named)];
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
