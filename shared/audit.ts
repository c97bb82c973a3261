/** One entry of the audit log: contract §5. Flat, and without anything of the customer's. */
import * as z from 'zod';
import { changeSchema } from './change.ts';
import { phaseSchema, suppressionReasons } from './trigger.ts';

/** Where the latency went, in milliseconds; the three add up to `latencyMs`. */
export const latencyPhasesSchema = z.object({
  queue: z.number().describe('Receipt to first attempt: checks, signing, and the intent on disk.'),
  token: z.number().describe('Waiting for an access token.'),
  delivery: z.number().describe('The attempts and the waits between them.'),
  shown: z
    .number()
    .optional()
    .describe(
      'Of the delivery: from the call of the system until the page was seen to be shown; where that is measured.',
    ),
});

export const auditTypes = [
  'opened',
  'recovered',
  'inconsistent',
  'intent',
  'delivery',
  'result',
  'refused',
  'webhook',
  'repeated',
  'removed',
  'changed',
] as const;

/** How a pop stands at one of several destinations. */
export const destinationEndSchema = z.object({
  id: z.string(),
  required: z
    .boolean()
    .nullable()
    .describe('Whether the pop has failed without it; null: it is tried when those before it have failed.'),
  status: z.enum(['delivered', 'failed', 'unknown']).nullable().describe('null: nothing has been tried.'),
  code: z.string().nullable(),
  windowFocused: z.boolean().nullable(),
  latencyMs: z.number().nullable(),
  mayHaveArrived: z.boolean().describe('Whether it may have been shown there, though nobody said so.'),
});

export const popOutcomes = ['delivered', 'suppressed', 'expired', 'failed', 'unknown', 'refused'] as const;

export const auditEntrySchema = z.object({
  seq: z.int().positive(),
  timestamp: z.iso.datetime(),
  boot: z.string().describe('Which start of the machine `uptimeMs` counts from.'),
  uptimeMs: z.number(),
  keyId: z.string().describe('Which key chained it: each segment has its own.'),
  type: z.enum(auditTypes),
  popId: z.string().nullable(),
  userId: z.string().nullable(),
  idempotencyKey: z.string().nullable(),
  destinationKey: z.string().nullable().describe('The key that the destination was sent: that of the call.'),
  application: z.string().nullable(),
  client: z.string().nullable().describe('The name of the local token.'),
  endpoint: z.string().nullable().describe('The URL the pop was sent to; for a refusal, our own path.'),
  destination: z
    .string()
    .nullable()
    .describe('Of a delivery, and of a pop that goes to one: the id of the destination.'),
  destinations: z
    .array(destinationEndSchema)
    .nullable()
    .describe('Of a pop that goes to several: how it stands at each, in order.'),
  target: z.string().nullable().describe('The page, without its fragment.'),
  status: z.enum(popOutcomes).nullable().describe('unknown: poptray was stopped between intent and result.'),
  reason: z.enum(suppressionReasons).nullable(),
  code: z.string().nullable().describe('The error code; docs/errors.md.'),
  success: z.boolean().nullable(),
  focusTracked: z.boolean().describe('Whether the destination reported the focus at all.'),
  windowFocused: z.boolean().nullable(),
  duplicate: z.boolean(),
  attempts: z.int().nonnegative(),
  latencyMs: z.number().nullable(),
  phases: latencyPhasesSchema.nullable(),
  correlationId: z.string().nullable(),
  fingerprint: z.string().nullable().describe('Keyed digest of the trigger, for key_reused.'),
  interaction: z
    .string()
    .nullable()
    .describe('The call: keyed digest of interaction, leg, user and application, or the pop that began it.'),
  party: z.string().nullable().describe('Keyed digest of the other party, user and application.'),
  phase: phaseSchema.nullable().describe('What made the softphone fire.'),
  mayHaveArrived: z
    .boolean()
    .nullable()
    .describe('Of a pop that was sent and not delivered: whether it may have been shown all the same.'),
  webhooks: z.array(z.string()).describe('The webhooks that are told of it.'),
  detail: z.string().nullable().describe('For opened, recovered, inconsistent, removed and webhook entries.'),
  change: changeSchema.nullable().describe('Of changed entries: who has administered what.'),
  errors: z
    .array(z.object({ pointer: z.string(), detail: z.string() }))
    .nullable()
    .describe(
      'Of a refusal: which members were wrong (RFC 6901), never their values. `#N` is the Nth member of its object, from 1, where its name is the caller’s own.',
    ),
});

export type AuditEntry = z.infer<typeof auditEntrySchema>;
export type DestinationEnd = z.infer<typeof destinationEndSchema>;
export type LatencyPhases = z.infer<typeof latencyPhasesSchema>;

/** Where an entry stands in the log. */
export interface Place {
  readonly seq: number;
  /** Where its line begins in its segment, in bytes. */
  readonly place: number;
}

/** An entry and where it stands. */
export interface Logged {
  readonly entry: AuditEntry;
  readonly place: number;
}

/** The columns of `audit list` and `audit export`, in order. */
export const auditColumns = Object.keys(auditEntrySchema.shape) as (keyof AuditEntry)[];

/** Whether the entry keeps its key from other payloads: what showed nothing uses none up. */
export function usesKey({ type, status }: Pick<AuditEntry, 'type' | 'status'>): boolean {
  return type === 'result' && (status === 'delivered' || status === 'failed' || status === 'unknown');
}
