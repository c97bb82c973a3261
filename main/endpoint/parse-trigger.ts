/** From the bytes of a request to a trigger, or to a problem that points at each wrong member. */
import type * as z from 'zod';
import { JsonRefused, readJson } from '../../shared/read-json.ts';
import { idempotencyKeySchema, type Trigger, triggerSchema } from '../../shared/trigger.ts';
import { NotUtf8 } from '../../shared/utf8.ts';
import { PopError, type WrongMember } from '../pipeline/errors.ts';
import { parseIdempotencyKey } from './structured-field.ts';
import { didYouMean, stepsTo, wrongMember } from './wrong-members.ts';

/** Nobody reads on after so many. */
const MAX_ERRORS = 32;

/** Names that the log may have beside those of the schema. */
type Known = ReadonlySet<string>;
const NONE: Known = new Set();

/** Throws PopError `invalid_json`; `invalid_trigger` for members that would touch a prototype. */
export function parseJson(bytes: Uint8Array, known = NONE): unknown {
  try {
    return readJson(bytes);
  } catch (error) {
    if (error instanceof NotUtf8) throw new PopError('invalid_json', `the body ${error.message}`);
    if (error instanceof JsonRefused) throw refusalOf(error, known);
    // The parser's own message quotes the body.
    throw new PopError('invalid_json', 'the body could not be parsed as JSON');
  }
}

function refusalOf({ reason, message, steps }: JsonRefused, known: Known): PopError {
  if (reason === 'too-deep') return new PopError('invalid_json', `the body ${message}`);
  const errors = [wrongMember(triggerSchema, steps, message, known)];
  // Whoever reads the same bytes and takes the first one would see another trigger.
  if (reason === 'twice') return new PopError('invalid_json', 'an object has a member twice', { errors });
  return new PopError('invalid_trigger', 'the body has a member named __proto__ or constructor', { errors });
}

/** The trigger in a parsed body, with the header's key; throws PopError `invalid_trigger`. */
export function parseTrigger(body: unknown, keyHeader: string | undefined, known = NONE): Trigger {
  const trigger = parseFields(triggerSchema, body, known);
  if (keyHeader === undefined) return trigger;
  const key = parseIdempotencyKey(keyHeader);
  if (key === undefined || !idempotencyKeySchema.safeParse(key).success) {
    throw new PopError(
      'invalid_trigger',
      'the Idempotency-Key header must hold 1 to 255 visible ASCII characters',
    );
  }
  const { idempotencyKey = key } = trigger;
  if (idempotencyKey !== key) {
    throw new PopError('invalid_trigger', 'the Idempotency-Key header and idempotencyKey do not agree', {
      errors: [{ pointer: '/idempotencyKey', detail: 'is not the key in the header' }],
    });
  }
  return { ...trigger, idempotencyKey };
}

/** What the schema makes of a body; throws PopError `invalid_trigger`, which points at the members that are wrong. */
export function parseFields<T>(schema: z.ZodType<T>, body: unknown, known = NONE): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues
    .flatMap((issue) => membersOf(issue, schema))
    .slice(0, MAX_ERRORS)
    .map(({ path, detail }): WrongMember => wrongMember(schema, stepsTo(path, body), detail, known));
  throw new PopError('invalid_trigger', 'one or more fields do not fit the schema', { errors });
}

function membersOf(issue: z.core.$ZodIssue, schema: z.ZodType): { path: PropertyKey[]; detail: string }[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      detail: `is not a known field${didYouMean(schema, issue.path, key)}`,
    }));
  }
  if (issue.code === 'invalid_key') {
    const why = issue.issues.map(({ message }) => message).join(', ');
    return [{ path: issue.path, detail: `has a name that does not fit: ${why}` }];
  }
  return [{ path: issue.path, detail: issue.message }];
}
