/** The webhooks of the settings with the keys that sign for them. */
import type { Settings } from '../../shared/settings.ts';
import type { FieldErrors } from '../config/settings.ts';
import { SettingsInvalid } from '../config/settings-invalid.ts';
import { type BoundSecrets, SecretElsewhere } from '../secrets/bound-secrets.ts';
import { webhookSecret } from '../secrets/secret-uses.ts';
import type { WebhookTarget } from './post-message.ts';
import { webhookKey } from './standard-webhooks.ts';

interface Unsigned {
  readonly id: string;
  readonly index: number;
  readonly reason: string;
  /** Its secret is there, but for another origin: the whole of what there is to say. */
  readonly elsewhere?: string;
}

export interface OpenWebhooks {
  /** By id. */
  readonly targets: ReadonlyMap<string, WebhookTarget>;
  /** Those without a usable secret: their messages would go out unsigned. */
  readonly unsigned: readonly Unsigned[];
}

/** Rejects with SecretsLocked. */
export async function openWebhooks(
  webhooks: Settings['webhooks'],
  fromEnvironment: readonly string[],
  secrets: Pick<BoundSecrets, 'get'>,
): Promise<OpenWebhooks> {
  const targets = new Map<string, WebhookTarget>();
  const unsigned: Unsigned[] = [];
  for (const [index, webhook] of webhooks.entries()) {
    const { id, url } = webhook;
    try {
      const secret = await secrets.get(webhookSecret(webhook, fromEnvironment));
      if (secret === undefined) unsigned.push({ id, index, reason: 'has no secret to sign with' });
      else targets.set(id, { url, key: keyOf(secret) });
    } catch (error) {
      if (error instanceof SecretElsewhere)
        unsigned.push({ id, index, reason: '', elsewhere: error.message });
      else if (error instanceof NoKey) unsigned.push({ id, index, reason: error.message });
      else throw error;
    }
  }
  return { targets, unsigned };
}

class NoKey extends Error {}

function keyOf(secret: string) {
  try {
    return webhookKey(secret);
  } catch (error) {
    throw new NoKey(`has a secret that is none: ${(error as Error).message}`);
  }
}

/** As openWebhooks; throws SettingsInvalid for one without a usable secret. */
export async function openSigned(
  webhooks: Settings['webhooks'],
  fromEnvironment: readonly string[],
  secrets: Pick<BoundSecrets, 'get'>,
): Promise<OpenWebhooks['targets']> {
  const { targets, unsigned } = await openWebhooks(webhooks, fromEnvironment, secrets);
  if (unsigned.length > 0) throw new SettingsInvalid(adviceFor(unsigned));
  return targets;
}

/** What is wrong with settings that name them. */
export function unsignedErrors(unsigned: OpenWebhooks['unsigned']): FieldErrors['errors'] {
  return unsigned.map(({ index, reason, elsewhere }) => ({
    pointer: `/webhooks/${index}/secret`,
    detail: elsewhere ?? `${reason}: set it here`,
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
    .map(({ id, reason, elsewhere }) => {
      if (elsewhere !== undefined) return elsewhere;
      const where = id === 'productivity' ? 'set PRODUCTIVITY_WEBHOOK_SECRET or run' : 'run';
      return `the webhook ${id} ${reason}: ${where} "poptray secret set webhook-secret:${id}"`;
    })
    .join('\n');
}
