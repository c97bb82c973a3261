/** The settings file, versioned; every default stands here. */
import * as z from 'zod';
import { isAllowEntry, isAllowed, isPublicAddress } from './addresses.ts';
import { type Application, applicationSchema, file } from './application.ts';
import { countryName } from './country.ts';
import { type DestinationConfig, destinationSchema, formOf } from './destinations/forms.ts';
import { webOriginSchema } from './framing.ts';
import { receiverIdSchema } from './secret-names.ts';
import { phaseSchema, userIdSchema } from './trigger.ts';
import { callableUrl, LOOPBACK_HOSTS } from './urls.ts';

/** Whether the host of `url` is this machine by one of its names as they are, or else not an address inside of a network, unless it is allowed. */
function isPublicOrNamed({ url, allow = [] }: { url: string; allow?: string[] | undefined }): boolean {
  const host = URL.parse(url)?.hostname ?? '';
  // A spelling such as 127.1 or 2130706433 would hide where it goes.
  const written = url.toLowerCase().split(/[/?#]/)[2]?.replace(/:\d*$/, '');
  if (LOOPBACK_HOSTS.has(host)) return written === host;
  const isAddress = host.startsWith('[') || /^[\d.]+$/.test(host);
  if (!isAddress || isPublicAddress(host.replace(/[[\]]/g, ''))) return true;
  return written === host && isAllowed(allow, host, host);
}

const httpsUrl = z
  .string()
  .refine((value) => URL.parse(value)?.protocol === 'https:', 'must be an absolute https URL');

export const webhookSchema = z
  .strictObject({
    id: receiverIdSchema,
    url: callableUrl,
    allow: z
      .array(
        z.string().max(253).refine(isAllowEntry, 'must be an address, a range such as 10.0.0.0/8, or a host'),
      )
      .max(100)
      .optional()
      .describe('Where it may go inside of a network: addresses, ranges, host names. Elsewhere it may not.'),
  })
  .refine(isPublicOrNamed, {
    path: ['url'],
    message:
      'must not be an address inside of a network unless "allow" names it; this machine is 127.0.0.1, localhost or [::1]',
  });

const credentials = {
  caFile: file.optional().describe('PEM; the only authorities to trust, instead of the system’s.'),
  certFile: file.optional().describe('PEM; our own certificate, if the receiver asks for one.'),
  keyFile: file.optional().describe('PEM; its key, readable by its owner alone.'),
};

const syslogSchema = z.strictObject({
  id: receiverIdSchema,
  kind: z.literal('syslog'),
  host: z.string().regex(/^[A-Za-z0-9.:-]{1,253}$/, 'must be a host name or an address'),
  port: z.int().min(1).max(65_535).default(6514),
  tls: z.boolean().default(true).describe('false: plain TCP, which anyone on the way can read.'),
  ...credentials,
  enterpriseId: z
    .int()
    .positive()
    .optional()
    .describe('The organisation’s IANA enterprise number: entries also come as structured data.'),
});

const otlpSchema = z.strictObject({
  id: receiverIdSchema,
  kind: z.literal('otlp'),
  url: callableUrl
    .refine((value) => !/[?#]/.test(value), 'must have neither a query nor a fragment')
    .describe('/v1/logs and /v1/metrics come behind it.'),
  signals: z
    .array(z.enum(['logs', 'metrics']))
    .min(1)
    .default(['logs', 'metrics']),
  secretHeader: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be the name of a header')
    .optional()
    .describe('The header whose value is the secret shipper-secret:ID.'),
  ...credentials,
});

/** A receiver of the audit log; docs/shipping.md. */
export const shipperSchema = z
  .discriminatedUnion('kind', [syslogSchema, otlpSchema])
  .refine(
    (value) => (value.certFile === undefined) === (value.keyFile === undefined),
    'needs certFile and keyFile, or neither',
  );

export const SAMPLE_APPLICATION = {
  id: 'com.example.customapp',
  baseUri: 'https://app.mydashboard.com/agent-view',
  allowedOrigins: ['https://app.mydashboard.com', 'https://crm.internal.net'],
  state: { uiMode: 'focused', priority: 'high' },
  mode: 'all' as const,
};

/** Refuses, at the later one, an id that stands for two of a list. */
const refuseTwice =
  (same: (id: string) => string = (id) => id) =>
  (items: readonly { readonly id: string }[], context: z.RefinementCtx): void => {
    const ids = items.map(({ id }) => same(id));
    for (const [index, id] of ids.entries()) {
      const first = items[ids.indexOf(id)];
      if (!first || ids.indexOf(id) === index) continue;
      const message = `must be another, because ${first.id} is there already`;
      context.addIssue({ code: 'custom', path: [index, 'id'], message });
    }
  };
const milliseconds = (value: number) =>
  z.int().positive().max(600_000, 'must be at most ten minutes').default(value);

/** Who works here. */
export const agentSchema = z.strictObject({
  userId: userIdSchema.optional().describe('The agent of triggers that name none.'),
  name: z.string().trim().min(1).max(128).optional().describe('What people call the agent.'),
  country: z
    .string()
    .refine((code) => countryName(code) !== undefined, 'must be the code of a country, such as DE or US')
    .optional()
    .describe('Where numbers without a country’s code are dialled: ISO 3166-1, such as DE.'),
});

const members = z.strictObject({
  version: z.literal(2).default(2),
  port: z.int().min(0).max(65_535).default(8080).describe('0: any free port.'),
  rateLimit: z.int().nonnegative().default(60).describe('Triggers per second and token; 0 is none.'),
  agent: agentSchema.prefault({}),
  browserOrigins: z.array(webOriginSchema).default([]).describe('Web pages that may call the endpoint.'),
  destinations: z
    .array(destinationSchema)
    .min(1)
    // The keychain of Windows takes names that differ in the case of letters alone for one.
    .superRefine(refuseTwice((id) => id.toLowerCase()))
    .default([{ id: 'simulator', kind: 'simulator' }]),
  applications: z.array(applicationSchema).min(1).superRefine(refuseTwice()).default([SAMPLE_APPLICATION]),
  auditKeepDays: z
    .int()
    .min(0)
    .max(36_500)
    // Idempotency keys and webhooks that wait reach back for some days.
    .refine((days) => days === 0 || days >= 7, 'must be at least 7, or 0 to keep all')
    .default(0)
    .describe('Entries of the audit log older than so many days are removed; 0 keeps all.'),
  popPhases: z.array(phaseSchema).default(['ringing', 'answered', 'manual']),
  dedupeWindowMs: z.int().nonnegative().max(3_600_000, 'must be at most an hour').default(10_000),
  ringWindowMs: z.int().nonnegative().max(3_600_000, 'must be at most an hour').default(120_000),
  interactionLifetimeMs: z.int().positive().max(86_400_000, 'must be at most a day').default(14_400_000),
  attemptTimeoutMs: milliseconds(15_000),
  totalDeadlineMs: milliseconds(20_000),
  webhooks: z.array(webhookSchema).superRefine(refuseTwice()).default([]),
  shipping: z.array(shipperSchema).superRefine(refuseTwice()).default([]),
  logLevel: z.enum(['error', 'warn', 'info', 'debug']).default('info'),
  autostart: z.boolean().default(false).describe('Whether the tray application starts at login.'),
  updateFeed: httpsUrl
    .optional()
    .describe('Where the tray application looks for updates; without it, nowhere. For the file alone.'),
});

type Places = Pick<z.infer<typeof members>, 'destinations'>;

/** The destinations that an application's pops go to, in its order. Ids that are not there are passed over. */
export function destinationsOf(
  { destinations: ids }: Pick<Application, 'destinations'>,
  { destinations }: Places,
): DestinationConfig[] {
  if (ids === undefined) return destinations;
  return ids.flatMap((id) => destinations.find((one) => one.id === id) ?? []);
}

type Refinement = (
  settings: Pick<z.infer<typeof members>, 'destinations' | 'applications'>,
  context: z.RefinementCtx,
) => void;

const requireDestinations: Refinement = ({ destinations, applications }, context) => {
  const known = destinations.map(({ id }) => id);
  for (const [index, { destinations: ids = [] }] of applications.entries()) {
    for (const [place, id] of ids.entries()) {
      if (known.includes(id)) continue;
      const message = `names ${id}, which is none of the destinations (${known.join(', ')})`;
      context.addIssue({ code: 'custom', path: ['applications', index, 'destinations', place], message });
    }
  }
};

/** Where one after the other is tried, none of them is required. */
const refuseRequired: Refinement = (settings, context) => {
  const { destinations, applications } = settings;
  for (const [index, destination] of destinations.entries()) {
    if (destination.required === undefined) continue;
    const first = applications.find(
      (one) => one.mode === 'first' && destinationsOf(one, settings).includes(destination),
    );
    if (!first) continue;
    const message = `must be left out, because pops of ${first.id} go to the first that takes them`;
    context.addIssue({ code: 'custom', path: ['destinations', index, 'required'], message });
  }
};

/** Where nobody knows what frames a page, whoever wants it looked at has to say that. */
const requireEmbedder: Refinement = (settings, context) => {
  for (const [index, application] of settings.applications.entries()) {
    const { framing } = application;
    if (!framing || framing.mode === 'off' || framing.embedder !== undefined) continue;
    const silent = destinationsOf(application, settings).find(
      (one) => formOf(one).embedder(one) === undefined,
    );
    if (!silent) continue;
    context.addIssue({
      code: 'custom',
      path: ['applications', index, 'framing', 'embedder'],
      message: `must name the page’s embedder, which the destination ${silent.id} does not tell`,
    });
  }
};

const refine: Refinement = (...args) => {
  for (const check of [requireDestinations, refuseRequired, requireEmbedder]) check(...args);
};

export const settingsSchema = members.superRefine(refine);

/** What dashboard and tray get to see and set. Who could set the feed could have any program run. */
export const shownSettingsSchema = members.omit({ updateFeed: true }).superRefine(refine);

export type Settings = z.infer<typeof settingsSchema>;
export type ShipperSettings = z.infer<typeof shipperSchema>;
