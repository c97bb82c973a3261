/** The error body of every refusal: RFC 9457 problem details with poptray's members. */
import * as z from 'zod';
import { destinationRepliesSchema } from './trigger.ts';

export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string().describe('Stable; docs/errors.md lists them all.'),
  hint: z.string().describe('What the person at the keyboard can do.'),
  popId: z.string().optional(),
  idempotencyKey: z.string().optional().describe('Of a pop that failed: the key to send again.'),
  correlationId: z.string().optional().describe("The destination's own id of the refused call."),
  destinations: destinationRepliesSchema,
  errors: z
    .array(z.object({ pointer: z.string().describe('RFC 6901.'), detail: z.string() }))
    .optional()
    .describe('One for each field that is wrong.'),
});

export type Problem = z.infer<typeof problemSchema>;
