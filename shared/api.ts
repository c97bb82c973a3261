/** What the dashboard may ask of the app: one table, carried by HTTP at /ui/ and by IPC in Electron. */
import * as z from 'zod';
import {
  deadLetterSchema,
  epochMs,
  knownAgentSchema,
  popAnswerSchema,
  previewSchema,
  statsSchema,
  statusSchema,
  verdictSchema,
} from './api-schemas.ts';
import { type AuditEntry, auditEntrySchema, auditTypes, popOutcomes } from './audit.ts';
import { destinationKindSchema } from './destinations/fields.ts';
import { framingStateSchema } from './framing.ts';
import { type Problem, problemSchema } from './problem.ts';
import { personalSecretSchema } from './secret-names.ts';
import { agentSchema, shownSettingsSchema } from './settings.ts';
import { userIdSchema } from './trigger.ts';

const nothing = z.strictObject({});
const atNextStart = z
  .array(z.string())
  .describe('Members that were changed and count from the next start on.');

/** Who works here from now on; the country stays where none is named. */
export const agentSetSchema = agentSchema.extend({
  userId: userIdSchema.nullable().describe('null: nobody is known from now on.'),
});

/** Which entries of the log are asked for; all members narrow. */
export const auditFilterSchema = z.strictObject({
  types: z.array(z.enum(auditTypes)).optional(),
  userId: z.string().max(64).optional().describe('The beginning of a user id.'),
  application: z.string().max(128).optional(),
  status: z.enum(popOutcomes).optional(),
  code: z.string().max(64).optional(),
  from: epochMs.optional(),
  to: epochMs.optional(),
});

const secretValueSchema = z.string().min(1).max(4096);

const operation = <Request extends z.ZodType, Response extends z.ZodType>(
  request: Request,
  response: Response,
) => ({
  request,
  response,
});

/** Each operation's request and response. */
export const api = {
  status: operation(nothing, statusSchema),
  auditQuery: operation(
    z.strictObject({
      filter: auditFilterSchema,
      offset: z.int().nonnegative(),
      limit: z.int().min(1).max(500),
    }),
    z.object({ total: z.int(), entries: z.array(auditEntrySchema).describe('Newest first.') }),
  ),
  auditVerify: operation(nothing, verdictSchema),
  popStory: operation(
    z.strictObject({ popId: z.string().max(64) }),
    z.object({ entries: z.array(auditEntrySchema).describe('Oldest first.'), canSendAgain: z.boolean() }),
  ),
  popPreview: operation(
    z.strictObject({ trigger: z.unknown().describe('A trigger; problems point at its fields.') }),
    z.union([previewSchema, problemSchema]),
  ),
  popFire: operation(
    z.strictObject({ trigger: z.unknown().describe('A trigger; problems point at its fields.') }),
    popAnswerSchema,
  ),
  popSendAgain: operation(
    z.strictObject({
      popId: z.string().max(64),
      asNew: z
        .boolean()
        .describe('false: with its key, so that a destination which has it shows nothing again.'),
    }),
    popAnswerSchema,
  ),
  framingState: operation(
    z.strictObject({
      application: z.string().max(128),
      lookNow: z.boolean().describe('Whether the page is looked at first.'),
    }),
    z.object({
      states: z
        .array(framingStateSchema)
        .nullable()
        .describe('One for each embedder; null: no such application.'),
    }),
  ),
  stats: operation(
    z.strictObject({ from: epochMs, to: epochMs, buckets: z.int().min(1).max(200) }),
    statsSchema,
  ),
  pause: operation(
    z.strictObject({
      for: z
        .union([z.int().positive().max(1440).describe('Minutes.'), z.literal('until-resumed')])
        .nullable(),
    }),
    statusSchema,
  ),
  desktopLink: operation(
    nothing,
    z.object({
      url: z.string().nullable().describe('Opens the simulator’s agent desktop, once; null: there is none.'),
    }),
  ),
  settingsGet: operation(
    nothing,
    z.object({
      settings: shownSettingsSchema,
      destinationKinds: z.array(destinationKindSchema).describe('How to ask for a destination’s settings.'),
      fromEnvironment: z.array(z.string()).describe('Members that cannot be set here.'),
      atNextStart,
    }),
  ),
  settingsSet: operation(
    z.strictObject({
      settings: z.unknown(),
      secrets: z
        .array(z.strictObject({ name: z.string().max(128), value: secretValueSchema }))
        .max(100)
        .optional()
        .describe('Entered for the addresses of these settings, and kept with them.'),
    }),
    z.union([
      z.object({
        settings: shownSettingsSchema,
        atNextStart,
        keptAside: z
          .string()
          .nullable()
          .describe('The name under which the file is kept that somebody else had put there.'),
      }),
      z.object({ errors: z.array(z.object({ pointer: z.string(), detail: z.string() })) }),
    ]),
  ),
  agentSet: operation(
    agentSetSchema,
    z.union([z.object({ agent: knownAgentSchema }), z.object({ refused: z.string() })]),
  ),
  tokenList: operation(
    nothing,
    z.array(
      z.object({
        name: z.string(),
        createdAt: z.string(),
        origin: z.string().nullable().describe('The page or extension that was paired.'),
      }),
    ),
  ),
  tokenCreate: operation(
    z.strictObject({ name: z.string().max(64) }),
    z.union([
      z.object({ token: z.string().describe('Shown this once.') }),
      z.object({ refused: z.string() }),
    ]),
  ),
  tokenRevoke: operation(z.strictObject({ name: z.string().max(64) }), z.object({ revoked: z.boolean() })),
  pairingOpen: operation(
    z.strictObject({ name: z.string().max(64) }),
    z.union([
      z.object({ code: z.string().describe('To be typed into the page.'), until: epochMs }),
      z.object({ refused: z.string() }),
    ]),
  ),
  pairingClose: operation(nothing, nothing),
  sessionList: operation(
    nothing,
    z.array(
      z.object({
        id: z.string(),
        browser: z.string().describe('For people: which browser has it.'),
        openedAt: epochMs,
        usedAt: epochMs,
        isPresent: z.boolean().describe('Whether a page of it is open.'),
      }),
    ),
  ),
  sessionEnd: operation(z.strictObject({ id: z.string().max(64) }), z.object({ ended: z.boolean() })),
  secretList: operation(
    nothing,
    z.array(
      z.object({
        name: personalSecretSchema,
        label: z.string().describe('What it is called where people read of it.'),
        source: z.enum(['environment', 'keychain', 'file', 'locked']).nullable(),
        origin: z
          .string()
          .nullable()
          .describe('Where the settings have it go; null: nothing has use for it.'),
        enteredFor: z
          .string()
          .nullable()
          .describe('The origin that it was entered for; empty: none; null: not known.'),
      }),
    ),
  ),
  secretSet: operation(
    z.strictObject({
      name: personalSecretSchema,
      value: secretValueSchema.nullable().describe('null clears it.'),
    }),
    z.object({ refused: z.string().nullable() }),
  ),
  webhookQueue: operation(nothing, z.object({ waiting: z.int(), dead: z.array(deadLetterSchema) })),
  webhookResend: operation(
    z.strictObject({ id: z.string().max(128), webhook: z.string().max(64) }),
    z.object({ found: z.boolean() }),
  ),
} as const;

export type AuditFilter = z.output<typeof auditFilterSchema>;
export type Api = typeof api;
export type Operation = keyof Api;
export type ApiRequest<Name extends Operation> = z.input<Api[Name]['request']>;
export type ApiResponse<Name extends Operation> = z.output<Api[Name]['response']>;

/** How every answer travels. */
export type ApiResult<Name extends Operation> =
  | { readonly ok: true; readonly value: ApiResponse<Name> }
  | { readonly ok: false; readonly code: 'invalid_request' | 'forbidden' | 'internal' }
  /** The app cannot do it now, and the problem says why not and what to do. */
  | { readonly ok: false; readonly code: 'refused'; readonly problem: Problem };

/** What the app tells the dashboard unasked. */
export type ApiEvent =
  | { readonly type: 'entry'; readonly entry: AuditEntry }
  | { readonly type: 'status'; readonly status: z.output<typeof statusSchema> }
  /** How many entries a check of the log has passed, of how many when it began. */
  | { readonly type: 'verify'; readonly entries: number; readonly total: number }
  | {
      readonly type: 'pairing';
      readonly outcome: 'paired' | 'locked' | 'expired';
      readonly name: string;
      readonly origin: string | null;
    };
