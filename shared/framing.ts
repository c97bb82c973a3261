/** What an application says about being shown in a frame; docs/compatibility.md. */
import * as z from 'zod';

/** The directives of a Content-Security-Policy that list sources. */
export const sourceDirectives = [
  'frame-ancestors',
  'default-src',
  'script-src',
  'script-src-elem',
  'script-src-attr',
  'style-src',
  'style-src-elem',
  'style-src-attr',
  'connect-src',
  'img-src',
  'font-src',
  'media-src',
  'object-src',
  'manifest-src',
  'worker-src',
  'child-src',
  'frame-src',
  'form-action',
  'base-uri',
] as const;

export const requiredDirectiveSchema = z.strictObject({
  directive: z.enum(sourceDirectives),
  rule: z
    .enum(['must-allow', 'must-not-exceed'])
    .describe('The page lets at least these sources in; or none beyond these.'),
  sources: z
    .array(
      z
        .string()
        .max(1024)
        .regex(/^[!-+\--:<-~]+$/, "must be a source, such as https://*.genesys.cloud or 'self'"),
    )
    .min(1),
});

/** An origin such as `https://crm.example`, in its one usual spelling. */
export const webOriginSchema = z
  .string()
  .refine((value) => {
    const url = URL.parse(value);
    return url !== null && url.origin !== 'null' && url.href === `${url.origin}/`;
  }, 'must be an origin, such as https://crm.example')
  .overwrite((value) => URL.parse(value)?.origin ?? value);

export const framingModes = ['enforce', 'warn', 'off'] as const;

export const framingSchema = z.strictObject({
  mode: z
    .enum(framingModes)
    .default('warn')
    .describe(
      'enforce: a page that may not be framed is not sent; warn: it is, and said; off: nobody looks.',
    ),
  embedder: webOriginSchema
    .optional()
    .describe(
      'What shows the page; if absent, what each destination tells, such as the agent desktop of the Genesys Cloud region.',
    ),
  directives: z.array(requiredDirectiveSchema).default([]).describe('What the page’s own policy must say.'),
  keepForMs: z
    .int()
    .min(60_000)
    .max(86_400_000)
    .default(3_600_000)
    .describe('How long a verdict counts; it is looked at again before that.'),
});

export type RequiredDirective = z.infer<typeof requiredDirectiveSchema>;
export type FramingSettings = z.infer<typeof framingSchema>;

/** What is known of an application's page in the frame of one embedder, for people. */
export const framingStateSchema = z.object({
  application: z.string(),
  page: z.string(),
  mode: z.enum(framingModes),
  embedder: z.string(),
  destinations: z.array(z.string()).describe('The ids of those that show it there.'),
  verdict: z.enum(['allowed', 'blocked', 'unknown']),
  rule: z.string(),
  detail: z.string(),
  advice: z.string().nullable().describe('What to change, if anything.'),
  lookedAt: z.int().nullable().describe('Epoch milliseconds; null before the first look.'),
});

export type FramingState = z.infer<typeof framingStateSchema>;
