/** The webhooks of the settings with what signs for them. */
import type { KeyObject } from 'node:crypto';
import { webhookSecret } from '../../shared/secrets.ts';
import type { Settings } from '../../shared/settings.ts';
import { sayWebhookFailure } from '../../shared/webhook-failure.ts';
import type { FieldErrors } from '../config/settings.ts';
import { type BoundSecrets, SecretElsewhere } from '../secrets/bound-secrets.ts';
import { SecretsLocked } from '../secrets/secrets.ts';
import { isSigned, type Unsigned, type WebhookTarget } from './post-message.ts';
import { webhookKey } from './standard-webhooks.ts';

/** By id. */
export type WebhookTargets = ReadonlyMap<string, WebhookTarget>;

/** All of them: one without a usable secret has its messages wait. Rejects with SecretsLocked. */
export async function openWebhooks(
  webhooks: Settings['webhooks'],
  fromEnvironment: readonly string[],
  secrets: Pick<BoundSecrets, 'get'>,
): Promise<WebhookTargets> {
  const opened = webhooks.map(async (webhook, index) => {
    const { id, url, allow } = webhook;
    const key = await openKey(id, () => secrets.get(webhookSecret(webhook, fromEnvironment, index)));
    return [id, { url, allow, key }] as const;
  });
  return new Map(await Promise.all(opened));
}

async function openKey(id: string, read: () => Promise<string | undefined>): Promise<KeyObject | Unsigned> {
  let secret: string | undefined;
  try {
    secret = await read();
  } catch (error) {
    if (error instanceof SecretsLocked) throw error;
    const { message } = error as Error;
    return {
      code: error instanceof SecretElsewhere ? 'secret_elsewhere' : 'secret_unreadable',
      why: message,
    };
  }
  if (secret === undefined) return unsigned('no_secret', id);
  try {
    return webhookKey(secret);
  } catch (error) {
    return unsigned('unfit_secret', id, `${(error as Error).message}; `);
  }
}

function unsigned(code: Unsigned['code'], id: string, more = ''): Unsigned {
  const where = id === 'productivity' ? 'set PRODUCTIVITY_WEBHOOK_SECRET or run' : 'run';
  const way = `${where} "poptray secret set webhook-secret:${id}", or enter it in the dashboard’s settings`;
  return { code, why: `${sayWebhookFailure(code)}: ${more}${way}` };
}

/** What is wrong with settings that name webhooks which cannot be signed for, unless they are as before. */
export function unsignedErrors(targets: WebhookTargets, before: WebhookTargets): FieldErrors['errors'] {
  return [...targets].flatMap(([id, target], index) => {
    if (isSigned(target) || before.get(id)?.url === target.url) return [];
    const { code, why } = target.key as Unsigned;
    const detail = code === 'no_secret' ? 'has no secret to sign with: set it here' : why;
    return [{ pointer: `/webhooks/${index}/secret`, detail }];
  });
}

/** Whether messages go to the same place in the same way. */
export function isSameTarget(one: WebhookTarget | undefined, other: WebhookTarget): boolean {
  if (one?.url !== other.url || one.allow?.join() !== other.allow?.join()) return false;
  if (isSigned(one) && isSigned(other)) return one.key.equals(other.key);
  return !isSigned(one) && !isSigned(other) && (one.key as Unsigned).code === (other.key as Unsigned).code;
}
