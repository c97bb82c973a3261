/** How the dashboard asks for a destination's settings: a form is data, so that the dashboard knows no kind. */
import * as z from 'zod';

export const destinationFieldSchema = z.object({
  path: z.string().describe('The member, with dots, as in `auth.clientId`.'),
  label: z.string(),
  hint: z.string().optional(),
  placeholder: z.string().optional(),
  control: z
    .enum(['text', 'url', 'choice', 'check', 'number', 'json', 'pairs', 'numbers', 'list'])
    .describe(
      'json: any JSON. pairs: an object of texts, as name: value lines. numbers, list (of texts): with commas.',
    ),
  options: z.array(z.object({ value: z.string(), label: z.string() })).optional(),
  initial: z.string().optional().describe('What a new one has; empty where it is left out.'),
  isOptional: z.boolean().optional(),
  mayBeEmpty: z
    .boolean()
    .optional()
    .describe('Whether an empty text is a value; else it leaves the member out.'),
  when: z
    .object({ path: z.string(), is: z.array(z.string()) })
    .optional()
    .describe('Asked for, and saved, only where another field has one of these texts.'),
});

export const destinationKindSchema = z.object({
  kind: z.string(),
  usualId: z.string().describe('The id to propose for one of it.'),
  label: z.string(),
  hint: z.string(),
  fields: z.array(destinationFieldSchema),
});

export type DestinationField = z.infer<typeof destinationFieldSchema>;
export type DestinationKind = z.infer<typeof destinationKindSchema>;
