/** An application: a page that can be shown, and what it is handed of the context (contract §3). */
import * as z from 'zod';
import { CALL_NAMES, dataNameFault } from './data-name.ts';
import { destinationIdSchema } from './destinations/members.ts';
import { framingSchema, webOriginSchema } from './framing.ts';
import { stateSchema } from './trigger.ts';
import { BROKEN_PERCENT, fixedPartOf, templateFault, variablesOf } from './uri-template.ts';
import { isHttpsOrLoopback } from './urls.ts';

export const file = z.string().min(1).max(4096);

const pageUrl = z
  .string()
  .max(8192)
  .superRefine((value, { addIssue }) => {
    const message = pageFault(value);
    if (message !== null) addIssue({ code: 'custom', message, input: value });
  });

const target = z
  .string()
  .max(8192)
  .superRefine((template, { addIssue }) => {
    const message = templateFault(template) ?? variableFault(template);
    if (message !== null) addIssue({ code: 'custom', message, input: template });
  });

export const applicationSchema = z
  .strictObject({
    id: z.string().min(1).max(128),
    baseUri: pageUrl.optional().describe('The page; its fragment, if any, is kept as a route.'),
    target: target
      .optional()
      .describe('Instead of baseUri: a URI template (RFC 6570), filled from the context.'),
    exposes: z
      .array(z.string().max(64))
      .max(64)
      .optional()
      .describe(
        'The names of the context that the target uses: consent to their reaching servers and histories.',
      ),
    fallback: pageUrl
      .optional()
      .describe(
        'The page for a call that lacks what the target’s path needs; without it, target_incomplete.',
      ),
    fragment: z
      .boolean()
      .optional()
      .describe('Whether the context goes into the fragment; if absent, with baseUri alone.'),
    context: z
      .enum(['plain', 'sealed'])
      .optional()
      .describe('sealed: encrypted for whoever has the session token; plain if absent.'),
    contextLifetimeMs: z
      .int()
      .min(1000)
      .max(86_400_000)
      .optional()
      .describe('How long a sealed context can be opened; five minutes if absent.'),
    allowPlaceholders: z
      .boolean()
      .optional()
      .describe(
        'Whether a value such as {Name} or %Name% counts; if absent, the phone has not filled it in.',
      ),
    allowedOrigins: z
      .array(webOriginSchema.refine(isHttpsOrLoopback, 'must be https; http only on this machine'))
      .min(1)
      .describe('Exact origins that the page may be on.'),
    state: stateSchema.default({}),
    destinations: z
      .array(destinationIdSchema)
      .min(1)
      .refine((ids) => new Set(ids).size === ids.length, 'names one twice')
      .optional()
      .describe('Where its pops go, by id, in this order; without it, to all destinations.'),
    mode: z
      .enum(['all', 'first'])
      .default('all')
      .describe('all: side by side; first: the next only where the one before has surely not shown it.'),
    framing: framingSchema.optional(),
    extensionMatrix: file
      .optional()
      .describe('The file of its extension matrix; docs/compatibility.md. Relative to the data folder.'),
  })
  .superRefine((application, { addIssue }) => {
    for (const [member, message] of faultsOf(application))
      addIssue({ code: 'custom', path: [member], message, input: application });
  });

export type Application = z.infer<typeof applicationSchema>;

type Pages = Pick<Application, 'baseUri' | 'target' | 'fallback'>;

/** The page itself, or the one that stands for those that a template makes: to be looked at without any context. */
export function pageOf({ baseUri, target = '', fallback }: Pages): string {
  return baseUri ?? fallback ?? fixedPartOf(target);
}

/** Whether its page gets the context in its fragment. */
export function hasFragment({ fragment, target }: Pick<Application, 'fragment' | 'target'>): boolean {
  return fragment ?? target === undefined;
}

function* faultsOf(
  application: Omit<Application, 'id' | 'state' | 'mode'>,
): Generator<[keyof Application, string]> {
  const { baseUri, target, exposes, fallback, context, contextLifetimeMs, allowedOrigins } = application;
  if (baseUri === undefined && target === undefined) yield ['baseUri', 'must be there, or "target"'];
  if (baseUri !== undefined && target !== undefined) yield ['target', 'stands instead of baseUri'];
  if (target === undefined && exposes !== undefined) yield ['exposes', 'goes with "target" alone'];
  if (target === undefined && fallback !== undefined) yield ['fallback', 'goes with "target" alone'];
  const used = target === undefined ? [] : variablesOf(target);
  const hidden = used.find(({ name }) => !exposes?.includes(name));
  if (hidden) yield ['exposes', `must name ${hidden.name}: the target hands it to servers and histories`];
  if (context === 'sealed' && exposes?.length) yield ['exposes', 'cannot be where the context is sealed'];
  if (context === 'sealed' && !hasFragment(application))
    yield ['fragment', 'must be true for a sealed context'];
  if (context !== 'sealed' && contextLifetimeMs !== undefined)
    yield ['contextLifetimeMs', 'goes with a sealed context alone'];
  for (const page of [baseUri, target && fixedPartOf(target), fallback]) {
    const origin = page && URL.parse(page)?.origin;
    if (origin && !allowedOrigins.includes(origin))
      yield ['allowedOrigins', `must have the page’s own origin, ${origin}`];
  }
}

function pageFault(value: string): string | null {
  if (!isHttpsOrLoopback(value))
    return 'must be an absolute https URL without userinfo; http only for 127.0.0.1, localhost or [::1]';
  if (/[{}]/.test(value)) return 'has a brace: a page with variables is a "target"';
  return BROKEN_PERCENT.test(value) ? 'has a % that two hex digits do not follow' : null;
}

/** Variables are names that the context can have, but for the session token. */
function variableFault(template: string): string | null {
  const unfit = variablesOf(template).find(
    ({ name }) => !CALL_NAMES.includes(name) && dataNameFault(name) !== undefined,
  );
  return unfit ? `must not have the variable ${unfit.name}` : null;
}
