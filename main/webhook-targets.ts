/** The webhooks of the settings with the keys that sign for them. */
import type { Settings } from '../shared/settings.ts';
import type { Secrets } from './platform/secrets.ts';
import type { FieldErrors } from './platform/settings.ts';
import { SettingsInvalid } from './platform/settings-invalid.ts';
import type { WebhookTarget } from './webhooks/post-message.ts';
import { webhookKey } from './webhooks/standard-webhooks.ts';

export interface OpenWebhooks {
  /** By id. */
  readonly targets: ReadonlyMap<string, WebhookTarget>;
  /** Those without a usable secret: their messages would go out unsigned. */
  readonly unsigned: readonly { readonly id: string; readonly index: number; readonly reason: string }[];
}

/** Rejects with SecretsLocked. */
export async function openWebhooks(
  webhooks: Settings['webhooks'],
  secrets: Pick<Secrets, 'get'>,
): Promise<OpenWebhooks> {
  const targets = new Map<string, WebhookTarget>();
  const unsigned: OpenWebhooks['unsigned'][number][] = [];
  for (const [index, { id, url }] of webhooks.entries()) {
    const secret = await secrets.get(`webhook-secret:${id}`);
    try {
      if (secret === undefined) unsigned.push({ id, index, reason: 'has no secret to sign with' });
      else targets.set(id, { url, key: webhookKey(secret) });
    } catch (error) {
      unsigned.push({ id, index, reason: `has a secret that is none: ${(error as Error).message}` });
    }
  }
  return { targets, unsigned };
}

/** As openWebhooks; throws SettingsInvalid for one without a usable secret. */
export async function openSigned(
  webhooks: Settings['webhooks'],
  secrets: Pick<Secrets, 'get'>,
): Promise<OpenWebhooks['targets']> {
  const { targets, unsigned } = await openWebhooks(webhooks, secrets);
  if (unsigned.length > 0) throw new SettingsInvalid(adviceFor(unsigned));
  return targets;
}

/** What is wrong with settings that name them. */
export function unsignedErrors(unsigned: OpenWebhooks['unsigned']): FieldErrors['errors'] {
  return unsigned.map(({ index, reason }) => ({
    pointer: `/webhooks/${index}/id`,
    detail: `${reason}: set its secret first`,
  }));
}

/** Why this cannot be a webhook's secret from now on, or null; a null value clears it. */
export function refusalOfSecret(
  id: string,
  value: string | null,
  webhooks: Settings['webhooks'],
): string | null {
  if (value === null) {
    const isNeeded = webhooks.some((webhook) => webhook.id === id);
    return isNeeded ? `the webhook ${id} signs with it: remove the webhook first` : null;
  }
  try {
    webhookKey(value);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

function adviceFor(unsigned: OpenWebhooks['unsigned']): string {
  return unsigned
    .map(({ id, reason }) => {
      const where = id === 'productivity' ? 'set PRODUCTIVITY_WEBHOOK_SECRET or run' : 'run';
      return `the webhook ${id} ${reason}: ${where} "poptray secret set webhook-secret:${id}"`;
    })
    .join('\n');
}
