/**
 * What a support bundle may hold. It is a list of what may come in, not of what is taken out: numbers, times, hosts and words of
 * poptray's own. No text that a person, a caller or a server has written has a place here.
 */
import * as z from 'zod';
import { auditTypes, popOutcomes } from './audit.ts';
import { unreadySchema } from './readiness.ts';
import { phaseSchema } from './trigger.ts';
import { troubleParts } from './trouble.ts';

/** A code of poptray's or of the system's. */
const word = z
  .string()
  .regex(/^[A-Za-z0-9_.+-]{1,40}$/)
  .catch('other');
/** Of a URL, without user, path and query. */
const host = z
  .string()
  .regex(/^[a-z0-9.:[\]*_-]{1,260}$/)
  .catch('other');
const count = z.int().nonnegative();
const time = z.iso.datetime();
/** Stands for an id or a name, by its place among those of its kind. */
const number = z.int().positive();

const settings = z.strictObject({
  isBroken: z.boolean().describe('Whether the last good copy counts instead of the file.'),
  fromEnvironment: z.array(word),
  port: count,
  rateLimit: count,
  browserOrigins: z.array(host),
  destinations: z.array(
    z.strictObject({
      destination: number,
      kind: word,
      host: host.nullable(),
      hasClientId: z.boolean(),
      required: z.boolean(),
    }),
  ),
  applications: z.array(
    z.strictObject({
      application: number,
      destinations: z.array(number).nullable().describe('null: all.'),
      mode: word,
      host,
      isTemplate: z.boolean().describe('Whether its page is made from a template.'),
      allowedOrigins: z.array(host),
      framing: z.boolean(),
      extensionMatrix: z.boolean(),
    }),
  ),
  popPhases: z.array(phaseSchema),
  milliseconds: z.record(word, count),
  webhooks: z.array(z.strictObject({ webhook: number, host })),
  shipping: z.array(z.strictObject({ receiver: number, kind: word, host, tls: z.boolean() })),
  auditKeepDays: count,
  logLevel: word,
  autostart: z.boolean(),
  updateFeed: host.nullable(),
});

const running = z.strictObject({
  unready: z.array(unreadySchema),
  isSimulated: z.boolean(),
  isPortTaken: z.boolean().describe('Whether a free port serves instead of the usual one.'),
  today: z.strictObject({ delivered: count, failed: count }),
  underWay: count,
  rebuilding: z.number().nullable(),
  paused: z.boolean(),
  tampered: z.strictObject({ at: time, seq: count.nullable() }).nullable(),
  checked: z.strictObject({ at: time, verdict: word, seq: count.nullable() }).nullable(),
  troubles: z.array(
    z.strictObject({
      part: z.enum(troubleParts),
      number: number.nullable().describe('Which of its kind; null: there is but one.'),
      code: word,
      since: time,
      waiting: count.nullable(),
    }),
  ),
  shipping: z.array(
    z.strictObject({ receiver: number, entries: count, failure: word.nullable(), at: time.nullable() }),
  ),
});

/** In place of a part that could not be had: the kind of the error. */
const missing = z.strictObject({
  missing: z
    .string()
    .regex(/^[A-Za-z0-9_, ]{1,80}$/)
    .catch('other'),
});

export const supportBundleSchema = z.strictObject({
  version: z.literal(1),
  madeAt: time,
  poptray: z.strictObject({ version: word, node: word, platform: word, arch: word, system: word }),
  settings: settings.or(missing),
  secrets: z.array(z.strictObject({ secret: word, source: word.nullable() })).or(missing),
  tokens: z.array(z.strictObject({ token: number, createdAt: time, isPaired: z.boolean() })).or(missing),
  doctor: z.array(z.strictObject({ check: word, verdict: z.enum(['ok', 'note', 'fault']) })).or(missing),
  running: running.or(missing),
  metrics: z
    .record(z.string().regex(/^[a-z_]{1,80}(\{[A-Za-z0-9_.+=,-]{1,120}\})?$/), z.number())
    .or(missing),
  audit: z
    .strictObject({
      entries: count,
      first: time.nullable(),
      last: time.nullable(),
      types: z.partialRecord(z.enum(auditTypes), count),
      outcomes: z.partialRecord(z.enum(popOutcomes), count),
      codes: z.record(word, count),
      agents: z.array(z.strictObject({ agent: number, delivered: count, failed: count })),
      clients: z.array(z.strictObject({ client: number, entries: count })),
    })
    .or(missing),
  programLog: z.strictObject({ error: count, warn: count, info: count, debug: count }).or(missing),
});

export type SupportBundle = z.infer<typeof supportBundleSchema>;
