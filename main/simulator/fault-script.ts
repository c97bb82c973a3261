/** Faults on demand: what may go wrong at the next calls, and the script that says when. */
import * as z from 'zod';
import { ApiError } from './api-error.ts';

/** Scripts are short; this only keeps a runaway caller from filling the memory. */
const MAX_WAITING = 1000;

const count = z.int().max(1_000_000);

const common = {
  on: z.enum(['screenpop', 'token']).default('screenpop').describe('The endpoint that it befalls.'),
  times: count.min(1).default(1).describe('So many calls in a row.'),
  after: count.min(0).default(0).describe('So many calls pass first.'),
};

/** A 409 and a 204 mean something for a screen pop only. */
const popsOnly = { ...common, on: z.literal('screenpop').default('screenpop') };

const retryAfter = z
  .union([count.min(0), z.string().regex(/^[\x21-\x7e](?:[\x20-\x7e]{0,62}[\x21-\x7e])?$/)])
  .optional()
  .describe('Seconds, or the text of the header: an HTTP date, or garbage.');

/** One fault. Call `parse` before use: it fills in the defaults. */
export const faultSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('rate-limited'),
    ...common,
    retryAfter,
    messageSeconds: count.min(0).optional().describe('Seconds that only the message names.'),
  }),
  z.strictObject({
    kind: z.literal('server-error'),
    ...common,
    status: z.int().min(500).max(599).default(503),
    retryAfter,
  }),
  z.strictObject({
    kind: z.literal('slow'),
    ...common,
    delayMs: z.int().min(0).max(600_000).default(3000).describe('Milliseconds that the reply is held.'),
  }),
  z.strictObject({
    kind: z.literal('reset'),
    ...common,
    when: z.enum(['before', 'after']).default('before').describe('Before or after the call took effect.'),
  }),
  z.strictObject({ kind: z.enum(['unauthorized', 'forbidden', 'truncated', 'not-json']), ...common }),
  z.strictObject({ kind: z.enum(['conflict', 'no-content']), ...popsOnly }),
]);

export type Fault = z.infer<typeof faultSchema>;
export type FaultInput = z.input<typeof faultSchema>;

/** What each kind does, for people. */
export const faultKinds: Readonly<Record<Fault['kind'], string>> = {
  'rate-limited': '429; with retryAfter, messageSeconds or neither',
  'server-error': '5xx; status (default 503), retryAfter',
  unauthorized: '401',
  forbidden: '403',
  conflict: '409, as if an earlier call with this key had shown the pop',
  'no-content': '204; the pop counts as shown',
  slow: 'the normal reply, held for delayMs (default 3000)',
  reset: 'the connection is reset; when: before (default) or after the call took effect',
  truncated: '200 with half of the JSON; the pop counts as shown',
  'not-json': '200 with an HTML page, as from a proxy; nothing is shown',
};

/** The faults that wait, in order; each endpoint has its own order. */
export interface FaultScript {
  /** Appends; throws ZodError for what is no fault, and ApiError 400 when 1,000 wait already. */
  add(fault: FaultInput): Fault;
  clear(): void;
  /** The fault of this call, if any; every call moves the script on. */
  take(endpoint: Fault['on']): Fault | undefined;
}

/** An empty script. A fault's `after` counts from when the faults before it are through. */
export function createFaultScript(): FaultScript {
  let waiting: Fault[] = [];
  return {
    add(input) {
      const fault = faultSchema.parse(input);
      if (waiting.length >= MAX_WAITING) throw new ApiError(400, 'Too many faults wait already');
      waiting.push({ ...fault });
      return fault;
    },
    clear() {
      waiting = [];
    },
    take(endpoint) {
      const next = waiting.find(({ on }) => on === endpoint);
      if (!next) return undefined;
      if (next.after > 0) {
        next.after -= 1;
        return undefined;
      }
      next.times -= 1;
      if (next.times === 0) waiting.splice(waiting.indexOf(next), 1);
      return next;
    },
  };
}
