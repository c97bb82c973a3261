/** Names of the secrets that a person sets; the others are poptray's own. */
import * as z from 'zod';
import { destinationIdSchema } from './destinations/members.ts';

/** The id of a webhook, or of a receiver of the log. */
export const receiverIdSchema = z
  .string()
  .regex(/^[a-z0-9-]{1,64}$/, 'must be 1 to 64 lower-case letters, digits or hyphens');

const destinationSecretSchema = z.enum(['client-secret', 'token', 'password', 'signing-secret']);

/** For people; and whether it becomes the value of a header. */
export const destinationSecrets: Readonly<
  Record<DestinationSecretName, { readonly label: string; readonly isHeader: boolean }>
> = {
  'client-secret': { label: 'OAuth client secret', isHeader: false },
  token: { label: 'token', isHeader: true },
  password: { label: 'password', isHeader: false },
  'signing-secret': { label: 'signing secret', isHeader: false },
};

/** The whole name of a secret of the destination `id`. */
export function destinationSecret(id: string, name: DestinationSecretName): PersonalSecret {
  return `destination:${id}:${name}`;
}

/** The destination and the name in a whole name; undefined for another secret. */
export function partsOfDestinationSecret(
  name: PersonalSecret,
): { readonly id: string; readonly name: DestinationSecretName } | undefined {
  const [part, id = '', own] = name.split(':');
  return part === 'destination' ? { id, name: own as DestinationSecretName } : undefined;
}

/** Names that version 0.1 knew, when there was one destination. */
export const EARLIER_SECRET_NAMES: ReadonlyMap<PersonalSecret, string> = new Map(
  (['client-secret', 'signing-secret'] as const).map((name) => [destinationSecret('genesys', name), name]),
);

export const personalSecretSchema = z.union([
  z.templateLiteral(['destination:', destinationIdSchema, ':', destinationSecretSchema]),
  z.templateLiteral(['webhook-secret:', receiverIdSchema]),
  z.templateLiteral(['shipper-secret:', receiverIdSchema]),
]);

export type DestinationSecretName = z.infer<typeof destinationSecretSchema>;
export type PersonalSecret = z.infer<typeof personalSecretSchema>;
