/** What a softphone sends and what it gets back: contract §1. */
import * as z from 'zod';
import './plain-words.ts';

/** Names that would shadow the session token or touch an object's prototype. */
const RESERVED_KEYS = new Set(['sessionToken', '__proto__', 'constructor', 'prototype']);

/** RFC 3339 date-time; the `T` and the `Z` may be lower case, the seconds may not be left out. */
const RFC3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/;

const LONE_SURROGATE = 'has a lone surrogate, which has no encoding in UTF-8';

/** Whether all text in a JSON value has an encoding. */
function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, member]) => name.isWellFormed() && isWellFormed(member));
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

export const customerDataSchema = z
  .record(
    z
      .string()
      .regex(
        /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/,
        'must begin with a letter; then up to 63 letters, digits, "_", "." or "-"',
      )
      .refine((key) => !RESERVED_KEYS.has(key), 'is a reserved name'),
    text(1024),
  )
  .refine((data) => Object.keys(data).length <= 32, 'has more than 32 entries')
  .meta({ maxProperties: 32 });

/** The application's state, as the destination gets it: any JSON object. */
export const stateSchema = z.record(z.string(), z.json()).refine(isWellFormed, LONE_SURROGATE);

/** A call as the phone knows it: numbers, `tel:` or `sip:` addresses, words for a withheld caller, as they came. */
export const callSchema = z.strictObject({
  from: text(512).optional().describe('The caller, as the phone gives it.'),
  fromName: text(512).optional().describe("The caller's name."),
  to: text(512).optional().describe('The called party, as the phone gives it.'),
  queue: text(512).optional().describe('The queue that the call came through.'),
  direction: z.enum(['inbound', 'outbound']).default('inbound'),
});

export const triggerSchema = z.strictObject({
  userId: userIdSchema.describe('The agent: a Genesys Cloud user id.'),
  call: callSchema.optional().describe('What the phone knows of the call.'),
  customerData: customerDataSchema.optional().describe('Context for the target page, in this order.'),
  sessionToken: text(4096).optional().describe("Binds the pop to the agent's session."),
  application: text(128).min(1).optional().describe('A configured application; the first if absent.'),
  state: stateSchema.optional().describe("Overrides members of the application's state."),
  idempotencyKey: idempotencyKeySchema.optional().describe('The same as the Idempotency-Key header.'),
  interactionId: text(512).min(1).optional().describe('The call; one pop each.'),
  leg: text(256)
    .min(1)
    .optional()
    .describe('Which stay of the call with this agent, where it is transferred back and forth.'),
  phase: phaseSchema.optional().describe('What made the softphone fire.'),
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
});

export type Trigger = z.infer<typeof triggerSchema>;
export type State = z.infer<typeof stateSchema>;

export const popStatusSchema = z.enum(['delivered', 'suppressed', 'expired']);

/**
 * `policy`: the phase does not pop; `dedupe`: the call has popped already; `paused`: a person has paused pops; `ended`: the
 * call is over; `unknown`: the call may have popped, and its destination could not tell a second pop from the first.
 */
export const suppressionReasons = ['policy', 'dedupe', 'paused', 'ended', 'unknown'] as const;
export type SuppressionReason = (typeof suppressionReasons)[number];

/** The body of a 200. */
export const triggerReplySchema = z.object({
  status: popStatusSchema,
  latencyMs: z.number().describe('From the receipt of the trigger to the end, in milliseconds.'),
  windowFocused: z.boolean().nullable().describe('null: the destination did not say.'),
  idempotencyKey: z.string(),
  popId: z.string().describe('UUIDv7.'),
  duplicate: z.boolean().describe('The destination had processed this key before.'),
  reason: z.enum(suppressionReasons).optional().describe('Why a pop was suppressed.'),
});

export type TriggerReply = z.infer<typeof triggerReplySchema>;
