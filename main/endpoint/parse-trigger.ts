/** From the bytes of a request to a trigger, or to a problem that points at each wrong field. */
import secureJson from 'secure-json-parse';
import type * as z from 'zod';
import { pointerTo } from '../../shared/pointer.ts';
import { idempotencyKeySchema, type Trigger, triggerSchema } from '../../shared/trigger.ts';
import { PopError } from '../pipeline/errors.ts';
import { hasDuplicateMembers } from './duplicate-members.ts';
import { parseIdempotencyKey } from './structured-field.ts';

/** Deeper JSON than this is nobody's state. */
const MAX_DEPTH = 32;
/** Nobody reads on after so many. */
const MAX_ERRORS = 32;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Throws PopError `invalid_json`; `invalid_trigger` for members that would touch a prototype. */
export function parseJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw new PopError('invalid_json', 'the body is not UTF-8');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the body.
    throw new PopError('invalid_json', 'the body could not be parsed as JSON');
  }
  try {
    if (typeof value === 'object' && value !== null) secureJson.scan(value);
  } catch {
    throw new PopError('invalid_trigger', 'the body has a member named __proto__ or constructor');
  }
  if (isDeeper(value, MAX_DEPTH))
    throw new PopError('invalid_json', `the body is nested deeper than ${MAX_DEPTH}`);
  // Whoever reads the same bytes and takes the first one would see another trigger.
  if (hasDuplicateMembers(text, value)) throw new PopError('invalid_json', 'an object has a member twice');
  return value;
}

/** The trigger in a parsed body, with the header's key; throws PopError `invalid_trigger`. */
export function parseTrigger(body: unknown, keyHeader: string | undefined): Trigger {
  const trigger = parseFields(triggerSchema, body);
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

/** What the schema makes of a body; throws PopError `invalid_trigger`, which points at the fields that are wrong. */
export function parseFields<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new PopError('invalid_trigger', 'one or more fields do not fit the schema', {
    errors: parsed.error.issues.flatMap(fieldErrors).slice(0, MAX_ERRORS),
  });
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const member of Object.values(value)) if (isDeeper(member, levels - 1)) return true;
  return false;
}

function fieldErrors(issue: z.core.$ZodIssue): { pointer: string; detail: string }[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: pointerTo([...issue.path, key]),
      detail: 'is not a known field',
    }));
  }
  if (issue.code === 'invalid_key') {
    // The name itself may be a customer's data, so the pointer stops at the object.
    const detail = `has a name that does not fit: ${issue.issues.map(({ message }) => message).join(', ')}`;
    return [{ pointer: pointerTo(issue.path.slice(0, -1)), detail }];
  }
  return [{ pointer: pointerTo(issue.path), detail: issue.message }];
}
