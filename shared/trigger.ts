/** What a softphone sends and what it gets back: contract §1. */
import * as z from 'zod';
import {
  DATA_NAME,
  isReserved,
  LONE_SURROGATE,
  NO_DATA_NAME,
  RESERVED,
  RESERVED_NAMES,
} from './data-name.ts';
import './zod-messages.ts';
import { numberAsWritten } from './read-json.ts';

/** RFC 3339 date-time; the `T` and the `Z` may be lower case, the seconds may not be left out. */
const RFC3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/;

const isWellFormed = (text: string) => text.isWellFormed();

/** The paths to all members of a JSON value whose name or text has no encoding. */
function illFormed(value: unknown): string[][] {
  if (typeof value === 'string') return value.isWellFormed() ? [] : [[]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const inside = name.isWellFormed() ? illFormed(member) : [[]];
    return inside.map((path) => [name, ...path]);
  });
}

/** Date.parse rolls the 30th of February over into March. */
function isRealDate(value: string): boolean {
  const date = value.slice(0, 10);
  const day = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(day) || Number.isNaN(Date.parse(value))) return false;
  return new Date(day).toISOString().startsWith(date);
}

/** Text that has an exact percent-encoding: a lone surrogate has none. */
const text = (max: number) => z.string().max(max).refine(isWellFormed, LONE_SURROGATE);

export const userIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be 1 to 64 letters, digits or hyphens');

export const idempotencyKeySchema = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters');

export const phases = ['ringing', 'answered', 'ended', 'manual'] as const;
export const phaseSchema = z.enum(phases);

const dataNameSchema = z
  .string()
  .regex(DATA_NAME, NO_DATA_NAME)
  .refine(isWellFormed, LONE_SURROGATE)
  .refine((name) => !isReserved(name), RESERVED)
  .meta({ not: { anyOf: [{ enum: RESERVED_NAMES }, { pattern: '^call\\.' }] } });

/** What phones send for text: numbers, which stay as they are written, true and false; null says that there is nothing. */
function asTexts(data: unknown, { issues }: z.core.$RefinementCtx): unknown {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data;
  // A record passes over it.
  if (Object.hasOwn(data, '__proto__'))
    issues.push({ code: 'custom', path: ['__proto__'], message: RESERVED, input: data });
  const texts = Object.entries(data).map(([name, value]) => [
    name,
    numberAsWritten(data, name) ?? asText(value),
  ]);
  return Object.fromEntries(texts.filter(([, value]) => value !== null));
}

function asText(value: unknown): unknown {
  return typeof value === 'boolean' || Number.isFinite(value) ? String(value) : value;
}

export const customerDataSchema = z
  .preprocess(
    asTexts,
    z
      .record(dataNameSchema, text(1024))
      .refine((data) => Object.keys(data).length <= 64, 'has more than 64 entries'),
  )
  .meta({
    type: 'object',
    maxProperties: 64,
    additionalProperties: { type: ['string', 'number', 'boolean', 'null'], maxLength: 1024 },
  });

/** The application's state, as the destination gets it: any JSON object. */
export const stateSchema = z.record(z.string(), z.json()).superRefine((state, context) => {
  for (const path of illFormed(state)) context.addIssue({ code: 'custom', path, message: LONE_SURROGATE });
});

/** A call as the phone knows it: numbers, `tel:` or `sip:` addresses, words for a withheld caller, as they came. */
export const callSchema = z.strictObject({
  from: text(512).optional().describe('The caller, as the phone gives it.'),
  fromName: text(512).optional().describe("The caller's name."),
  to: text(512).optional().describe('The called party, as the phone gives it.'),
  queue: text(512).optional().describe('The queue that the call came through.'),
  direction: z.enum(['inbound', 'outbound']).default('inbound'),
});

export const triggerSchema = z.strictObject({
  userId: userIdSchema.optional().describe('The agent; may be left out where the workstation knows its own.'),
  call: callSchema.optional().describe('What the phone knows of the call.'),
  customerData: customerDataSchema
    .optional()
    .describe(
      'Context for the target page, in this order; all of it becomes text, numbers as they are written, and null counts as absent.',
    ),
  sessionToken: text(4096).optional().describe("Binds the pop to the agent's session."),
  application: text(128).min(1).optional().describe('A configured application; the first if absent.'),
  state: stateSchema.optional().describe("Overrides members of the application's state."),
  idempotencyKey: idempotencyKeySchema.optional().describe('The same as the Idempotency-Key header.'),
  interactionId: text(512).min(1).optional().describe('The call; one pop each.'),
  leg: text(256)
    .min(1)
    .optional()
    .describe('Which stay of the call with this agent, where it is transferred back and forth.'),
  phase: z
    .preprocess((phase) => (typeof phase === 'string' ? phase.toLowerCase() : phase), phaseSchema)
    .optional()
    .describe('What made the softphone fire; in any case of letters.'),
  repeat: z
    .boolean()
    .optional()
    .describe('Shows a pop again whose outcome nobody knows, at a destination that keeps no keys.'),
  expiresAt: z
    .string()
    .regex(RFC3339, { error: 'must be an RFC 3339 date-time', abort: true })
    .refine(isRealDate, 'is not a date that exists')
    .meta({ format: 'date-time' })
    .optional()
    .describe('A pop that could not be sent by then is dropped.'),
  client: z
    .strictObject({
      browser: text(64).optional(),
      browserVersion: text(64).optional(),
      extensionId: text(128).optional(),
      extensionVersion: text(64).optional(),
    })
    .optional()
    .describe('What will show the page.'),
  destinations: z
    .array(text(64).min(1))
    .min(1)
    .max(32)
    .refine((ids) => new Set(ids).size === ids.length, 'has an id twice')
    .optional()
    .describe("Where to show it: configured destinations, instead of the application's."),
});

export type Trigger = z.infer<typeof triggerSchema>;
/** A trigger whose agent is known. */
export type AgentTrigger = Trigger & { readonly userId: string };
export type State = z.infer<typeof stateSchema>;

export const popStatusSchema = z.enum(['delivered', 'suppressed', 'expired']);

/**
 * `policy`: the phase does not pop; `dedupe`: the call has popped already; `paused`: a person has paused pops; `ended`: the
 * call is over; `unknown`: the call may have popped, and its destination could not tell a second pop from the first.
 */
export const suppressionReasons = ['policy', 'dedupe', 'paused', 'ended', 'unknown'] as const;
export type SuppressionReason = (typeof suppressionReasons)[number];

/** How a pop ended at one of several destinations. */
export const destinationReplySchema = z.object({
  id: z.string(),
  status: z.enum(['delivered', 'failed', 'unknown']),
  windowFocused: z.boolean().nullable().describe('null: the destination did not say.'),
  latencyMs: z
    .number()
    .nullable()
    .describe('From the receipt of the trigger to its end there, in milliseconds.'),
  code: z.string().optional().describe('Why it failed; docs/errors.md.'),
});

export type DestinationReply = z.infer<typeof destinationReplySchema>;

export const destinationRepliesSchema = z
  .array(destinationReplySchema)
  .optional()
  .describe('Where more than one is configured for the pop: each that was tried, in order.');

/** The body of a 200. */
export const triggerReplySchema = z.object({
  status: popStatusSchema,
  latencyMs: z
    .number()
    .describe(
      'From the receipt of the trigger to the end, in milliseconds; of several destinations, to that of the last required one.',
    ),
  windowFocused: z
    .boolean()
    .nullable()
    .describe('true if one destination says so, else false if one says that; null: none did.'),
  idempotencyKey: z.string(),
  popId: z.string().describe('UUIDv7.'),
  duplicate: z.boolean().describe('A destination had processed this key before.'),
  reason: z.enum(suppressionReasons).optional().describe('Why a pop was suppressed.'),
  destinations: destinationRepliesSchema,
});

/** The body of a 202. */
export const acceptedReplySchema = z.object({
  status: z.literal('accepted'),
  popId: z.string().describe('UUIDv7: the log tells how it ended.'),
  idempotencyKey: z.string(),
});

export type AcceptedReply = z.infer<typeof acceptedReplySchema>;
export type TriggerReply = z.infer<typeof triggerReplySchema>;
