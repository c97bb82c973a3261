/** The webhooks of the settings with the keys that sign for them. */
import type { Settings } from '../shared/settings.ts';
import type { Secrets } from './platform/secrets.ts';
import type { WebhookTarget } from './webhooks/sender.ts';
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
