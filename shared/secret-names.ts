/** Names of the secrets that a person sets; the others are poptray's own. */
import * as z from 'zod';

/** The id of a webhook, or of a receiver of the log. */
export const receiverIdSchema = z
  .string()
  .regex(/^[a-z0-9-]{1,64}$/, 'must be 1 to 64 lower-case letters, digits or hyphens');

export const personalSecretSchema = z.union([
  z.enum(['client-secret', 'signing-secret']),
  z.templateLiteral([
    'destination:',
    receiverIdSchema,
    ':',
    z.enum(['client-secret', 'token', 'password', 'signing-secret']),
  ]),
  z.templateLiteral(['webhook-secret:', receiverIdSchema]),
  z.templateLiteral(['shipper-secret:', receiverIdSchema]),
]);

export type PersonalSecret = z.infer<typeof personalSecretSchema>;
