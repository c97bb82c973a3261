/** The webhooks of the settings with the keys that sign for them. */
import type { Settings } from '../shared/settings.ts';
import type { Secrets } from './platform/secrets.ts';
import { SettingsInvalid } from './platform/settings.ts';
import type { WebhookTarget } from './webhooks/sender.ts';
import { webhookKey } from './webhooks/standard-webhooks.ts';

/** By id. Throws SettingsInvalid for one without a usable secret: it would go out unsigned. */
export async function openWebhooks(
  { webhooks }: Settings,
  secrets: Secrets,
): Promise<Map<string, WebhookTarget>> {
  const targets = new Map<string, WebhookTarget>();
  for (const { id, url } of webhooks) {
    const where = id === 'productivity' ? 'set PRODUCTIVITY_WEBHOOK_SECRET or run' : 'run';
    const advice = `${where} "poptray secret set webhook-secret:${id}"`;
    const secret = await secrets.get(`webhook-secret:${id}`);
    if (secret === undefined)
      throw new SettingsInvalid(`the webhook ${id} has no secret to sign with: ${advice}`);
    try {
      targets.set(id, { url, key: webhookKey(secret) });
    } catch (error) {
      throw new SettingsInvalid(
        `the secret of the webhook ${id} is none: ${(error as Error).message}; ${advice}`,
      );
    }
  }
  return targets;
}
