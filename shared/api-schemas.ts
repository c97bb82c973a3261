/** What the dashboard is shown: how poptray stands, figures, a check of the log, a preview, an answer, dead letters. */
import * as z from 'zod';
import { framingStateSchema } from './framing.ts';
import { problemSchema } from './problem.ts';
import { unreadySchema } from './readiness.ts';
import { triggerReplySchema, userIdSchema } from './trigger.ts';
import { shownTroubleSchema } from './trouble.ts';

export const epochMs = z.int().nonnegative();

const verdicts = z.enum(['whole', 'tampered', 'torn', 'no-key', 'not-all-vouched-for']);
const seq = z.int().nullable().describe('The first bad entry, if there is one.');

/** What the checks of the audit log have found. */
export const auditStandingSchema = z.object({
  tampered: z
    .object({ at: z.iso.datetime(), seq, reason: z.string() })
    .nullable()
    .default(null)
    .describe('What was found first: it stands, whatever a later check says, until it is closed.'),
  checked: z
    .object({ at: z.iso.datetime(), verdict: verdicts, seq, reason: z.string().nullable() })
    .nullable()
    .default(null)
    .describe('The latest check; null: there was none.'),
});

/** Who works at this machine. */
export const knownAgentSchema = z.object({
  userId: userIdSchema.nullable().describe('null: nobody has said.'),
  name: z.string().nullable(),
  from: z.enum(['environment', 'settings']).nullable().describe('Where that stands.'),
});

export const statusSchema = z.object({
  version: z.string(),
  addresses: z.array(z.string()),
  portInsteadOf: z
    .int()
    .nullable()
    .describe('The usual port, where somebody else has it and a free one serves instead.'),
  agent: knownAgentSchema,
  destination: z.string().describe('For people: where pops go, all destinations in one text.'),
  destinations: z.array(
    z.object({
      id: z.string(),
      description: z.string().describe('For people.'),
      missing: z.string().nullable().describe('What has to be set before pops go there, if anything.'),
    }),
  ),
  isSimulated: z.boolean().describe('Whether no agent sees the pops: they go to the simulator alone.'),
  isConfigured: z
    .boolean()
    .describe(
      'Whether every application has the settings and secrets of the destinations that its pops need.',
    ),
  unready: z.array(unreadySchema).describe('What keeps pops from being delivered.'),
  secretsWarning: z.string().nullable(),
  secretFaults: z
    .array(z.string())
    .describe('Secrets that are not used because they were entered for another address.'),
  auditFault: z.string().nullable().describe('Why nothing can be delivered, if so.'),
  audit: auditStandingSchema,
  spaceWarning: z.string().nullable().describe('Why there may soon be no space to write the log, if so.'),
  settingsFault: z
    .string()
    .nullable()
    .describe('What is wrong with the settings file while its last good copy counts.'),
  rebuilding: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .describe('How much of the log the history has been built of anew; null when it is whole.'),
  shipping: z
    .array(
      z.object({
        shipper: z.string(),
        entries: z.int().describe('Those that its receiver has not got yet.'),
        failure: z.string().nullable().describe('Why it does not take them; docs/shipping.md.'),
        at: z.iso.datetime().nullable().describe('Since when it does not, or when it last took some.'),
      }),
    )
    .describe('On its way to other machines.'),
  troubles: z
    .array(shownTroubleSchema)
    .describe('What is in trouble: a destination, or something beside the pops, which go on.'),
  pausedUntil: z.union([epochMs, z.literal('until-resumed')]).nullable(),
  underWay: z.int().describe('Pops that are being delivered now.'),
  today: z.object({ delivered: z.int(), failed: z.int() }),
  hasDelivered: z.boolean().describe('Whether a pop was ever delivered from here.'),
});

/** Latencies in milliseconds; null where nothing was delivered. */
const quantilesSchema = z.object({ p50: z.number(), p95: z.number(), p99: z.number() }).nullable();

export const statsSchema = z.object({
  buckets: z.array(
    z.object({
      at: epochMs,
      latency: quantilesSchema,
      delivered: z.int(),
      failed: z.int(),
      focus: z.object({ yes: z.int(), no: z.int(), unknown: z.int() }),
    }),
  ),
  total: quantilesSchema,
  phases: z.object({ queue: quantilesSchema, token: quantilesSchema, delivery: quantilesSchema }),
  histogram: z
    .array(z.object({ upToMs: z.number(), count: z.int() }))
    .describe('Latency, each bar by itself.'),
});

export const verdictSchema = z.object({
  verdict: verdicts,
  entries: z.int(),
  segments: z.int(),
  macs: z.int().describe('Entries whose MAC was checked.'),
  vouched: z.int().describe('Entries that a checkpoint vouches for.'),
  removed: z.int().describe('Entries that retention has removed.'),
  fault: z.object({ segment: z.string(), line: z.int(), seq: z.int(), reason: z.string() }).optional(),
});

/** What would be sent: nothing of it is kept. */
export const previewSchema = z.object({
  destinations: z
    .array(
      z.object({
        id: z.string(),
        missing: z.string().nullable().describe('What has to be set before pops go there, if anything.'),
        call: z
          .object({
            method: z.string(),
            url: z.string().describe('Without secrets.'),
            headers: z.record(z.string(), z.string()).describe('Without the token and the signature.'),
            body: z.string(),
          })
          .nullable(),
      }),
    )
    .describe('Where it would go, in order.'),
  uri: z.string().describe('The page with its context.'),
  held: z.enum(['expired', 'policy', 'dedupe']).nullable().describe('Why it would not pop now, if so.'),
  framing: z
    .array(framingStateSchema)
    .describe('Whether the page may be shown where it would be, by embedder, as far as is known.'),
});

/** A pop's answer: the 200 body, or the problem that a caller would get. */
export const popAnswerSchema = z.union([triggerReplySchema, problemSchema]);

export const deadLetterSchema = z.object({
  id: z.string(),
  webhook: z.string(),
  popId: z.string(),
  attempts: z.int(),
  failure: z.string().nullable(),
});
