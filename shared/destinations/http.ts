/** Any service that takes a call over HTTP: its settings say how the call looks, and what a reply means. */
import * as z from 'zod';
import { isHeaderValue } from '../header-value.ts';
import { callableUrl, isHttpsOrLoopback } from '../urls.ts';
import type { DestinationForm } from './form.ts';
import { destinationMembers } from './members.ts';

/** What URL and headers may name. Nothing of the context is among it: both stand in the logs of servers. */
const NAMES = ['user', 'application', 'popId', 'idempotencyKey'];
const BODY_NAMES = [...NAMES, 'uri', 'state'];
/** RFC 6570 as it is taken here: `{x}`, `{/x}`, `{?x,y}`, `{&x,y}`. */
const EXPRESSION = /\{([/?&]?)([A-Za-z]+(?:,[A-Za-z]+)*)\}/g;
const OWN_HEADERS =
  /^(authorization|content-type|content-length|accept-encoding|host|connection|transfer-encoding|te|upgrade|expect)$/i;

/** The variables of a URL template. */
function variablesOf(template: string): string[] {
  return [...template.matchAll(EXPRESSION)].flatMap(([, , names = '']) => names.split(','));
}

function urlFault(template: string): string | null {
  const first = template.indexOf('{');
  const fixed = first < 0 ? template : template.slice(0, first);
  if (!/^https?:\/\/[^/?#{]+\//.test(fixed) || !isHttpsOrLoopback(fixed))
    return 'must begin with a whole https origin and a slash; http only for 127.0.0.1, localhost or [::1]';
  const rest = template.replace(EXPRESSION, '');
  if (/[{}#\s]/.test(rest))
    return 'must have no fragment, and of RFC 6570 {x}, {/x}, {?x,y} and {&x,y} alone';
  const unknown = variablesOf(template).find((name) => ![...NAMES, 'token'].includes(name));
  if (unknown !== undefined) return `must name none but ${[...NAMES, 'token'].join(', ')}`;
  const [path = '', ...query] = template.split(/(?=[?&]|\{[?&])/);
  const isPathToken = /\/(\{token\}(?=[/?{]|$))|\{\/token\}/.test(path);
  if (
    variablesOf(template).includes('token') &&
    (!isPathToken || query.some((part) => part.includes('token}')))
  )
    return 'must have {token} as a segment of the path of its own';
  return null;
}

/** The names in braces of a text. */
function placeholdersOf(text: string): string[] {
  return [...text.matchAll(/\{([A-Za-z]+)\}/g)].map(([, name = '']) => name);
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

const onlyNames = (names: readonly string[]) => ({
  check: (value: unknown) =>
    textsOf(value)
      .flatMap(placeholdersOf)
      .every((name) => names.includes(name)),
  message: `must name none but ${names.map((name) => `{${name}}`).join(', ')}`,
});
const inHeaders = onlyNames(NAMES);
const inBody = onlyNames(BODY_NAMES);

const text = z.string().min(1).max(1024);

const authSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('bearer') }),
  z.strictObject({
    kind: z.literal('basic'),
    username: text.refine((name) => !name.includes(':'), 'must have no colon'),
  }),
  z.strictObject({
    kind: z.literal('oauth'),
    tokenUrl: callableUrl,
    clientId: text,
    scope: z.string().max(1024).default('').describe('Empty: no scope is sent.'),
  }),
]);

const config = z
  .strictObject({
    ...destinationMembers,
    kind: z.literal('http'),
    method: z.enum(['POST', 'PUT', 'PATCH', 'GET', 'DELETE']).default('POST'),
    url: z
      .string()
      .max(2048)
      .superRefine((template, context) => {
        const message = urlFault(template);
        if (message !== null) context.addIssue({ code: 'custom', message });
      })
      .describe('A URI template (RFC 6570).'),
    headers: z
      .record(
        z
          .string()
          .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be the name of a header')
          .refine((name) => !OWN_HEADERS.test(name), 'is a header that poptray sets itself'),
        text
          .refine(isHeaderValue, 'cannot be the value of a header')
          .refine(inHeaders.check, inHeaders.message),
      )
      .default({}),
    body: z.json().refine(inBody.check, inBody.message).optional().describe('JSON with names in braces.'),
    success: z
      .array(z.int().min(200).max(499))
      .min(1)
      .optional()
      .describe('The statuses that say it was taken; without them, any 2xx.'),
    focus: z
      .string()
      .regex(/^(\/([^~/]|~[01])*)+$/, 'must be a JSON pointer, such as /window/focused')
      .optional()
      .describe('Where the reply tells whether the window was focused (RFC 6901).'),
    user: text.optional().describe('The agent’s id there; without it, that of the trigger.'),
    auth: authSchema.default({ kind: 'none' }),
    keyed: z.boolean().default(false).describe('Whether it shows a key that it gets twice only once.'),
    repeat: z
      .boolean()
      .default(false)
      .describe(
        'Whether a pop that may have arrived is attempted again all the same, and perhaps shown twice.',
      ),
  })
  .refine(({ method, body }) => body === undefined || !['GET', 'DELETE'].includes(method), {
    path: ['body'],
    message: 'goes with POST, PUT and PATCH alone',
  });

type Config = z.infer<typeof config>;

/** Whether a part of the URL is a secret. */
export function hasTokenInPath({ url }: Pick<Config, 'url'>): boolean {
  return variablesOf(url).includes('token');
}

const originOf = ({ url }: Config) => new URL(url).origin;

export const httpForm = {
  kind: 'http',
  usualId: 'http',
  label: 'Another service',
  hint: 'Anything that takes a call over HTTP; you say how it looks.',
  config,
  fields: [
    {
      path: 'method',
      label: 'Method',
      control: 'choice',
      initial: 'POST',
      options: config.shape.method.unwrap().options.map((value) => ({ value, label: value })),
    },
    {
      path: 'url',
      label: 'Address',
      control: 'text',
      hint: 'May name {user}, {application}, {popId}, {idempotencyKey}, and {token} where a segment of the path is secret.',
      placeholder: 'https://crm.example.com/agents/{user}/pops',
    },
    {
      path: 'headers',
      label: 'Headers',
      control: 'pairs',
      isOptional: true,
      placeholder: 'Idempotency-Key: {idempotencyKey}',
    },
    {
      path: 'body',
      label: 'Body',
      control: 'json',
      isOptional: true,
      hint: 'JSON; may name {uri} and {state} as well.',
      placeholder: '{"agent":"{user}","page":"{uri}"}',
    },
    {
      path: 'success',
      label: 'Statuses of success',
      control: 'numbers',
      isOptional: true,
      hint: 'Without them, any 2xx.',
    },
    {
      path: 'focus',
      label: 'Where the reply tells the focus',
      control: 'text',
      isOptional: true,
      placeholder: '/window/focused',
    },
    {
      path: 'user',
      label: 'The agent there',
      control: 'text',
      isOptional: true,
      hint: 'Without it, the user of the trigger.',
    },
    {
      path: 'auth.kind',
      label: 'Credentials',
      control: 'choice',
      initial: 'none',
      options: [
        { value: 'none', label: 'None' },
        { value: 'bearer', label: 'A bearer token' },
        { value: 'basic', label: 'User and password' },
        { value: 'oauth', label: 'OAuth client credentials' },
      ],
      hint: 'What is secret of them goes under Secrets.',
    },
    { path: 'auth.username', label: 'User', control: 'text', when: { path: 'auth.kind', is: ['basic'] } },
    {
      path: 'auth.tokenUrl',
      label: 'Address for tokens',
      control: 'url',
      when: { path: 'auth.kind', is: ['oauth'] },
    },
    {
      path: 'auth.clientId',
      label: 'Client id',
      control: 'text',
      when: { path: 'auth.kind', is: ['oauth'] },
    },
    {
      path: 'auth.scope',
      label: 'Scope',
      control: 'text',
      isOptional: true,
      when: { path: 'auth.kind', is: ['oauth'] },
    },
    { path: 'keyed', label: 'It shows a key that it gets twice only once', control: 'check' },
    {
      path: 'repeat',
      label: 'Attempt again what may have arrived, and perhaps show it twice',
      control: 'check',
    },
  ],
  secrets: [
    {
      name: 'token',
      url: (at) => (at.auth.kind === 'bearer' || hasTokenInPath(at) ? originOf(at) : null),
    },
    {
      name: 'password',
      url: (at) => (at.auth.kind === 'basic' ? originOf(at) : null),
    },
    {
      name: 'client-secret',
      url: ({ auth }) => (auth.kind === 'oauth' ? auth.tokenUrl : null),
    },
  ],
  unset: () => [],
  origin: originOf,
  describe: (at) => `the service at ${originOf(at)}`,
  describeInFull: ({ method, url, auth }) => {
    const who = auth.kind === 'basic' ? auth.username : auth.kind === 'oauth' ? auth.clientId : 'nobody';
    return `${method} ${url} as ${auth.kind === 'bearer' ? 'who holds its token' : who}`;
  },
  embedder: () => undefined,
} as const satisfies DestinationForm<typeof config>;
