/** What every destination has in the settings, whatever its kind. */
import * as z from 'zod';

export const destinationIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 letters, digits, dots, underscores or hyphens');

export const destinationMembers = {
  id: destinationIdSchema,
  required: z
    .boolean()
    .optional()
    .describe('Whether a pop is only delivered when it is delivered here; without it, true.'),
};
