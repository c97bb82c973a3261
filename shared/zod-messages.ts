/** What is wrong with a value, in words for whoever typed or sent it; a schema's own message wins. */
import * as z from 'zod';

const TYPES: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'an object',
  record: 'an object',
  string: 'a text',
};

/** What is counted of a value that has a length. */
const UNITS: Readonly<Record<string, string>> = { string: 'characters', array: 'items' };

function inPlainWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is required' : `must be ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}`;
    case 'too_big':
      return bound(issue.origin, issue.inclusive ? 'at most' : 'less than', issue.maximum);
    case 'too_small':
      if (issue.origin in UNITS && issue.minimum === 1) return 'must not be empty';
      return bound(issue.origin, issue.inclusive ? 'at least' : 'more than', issue.minimum);
    case 'unrecognized_keys':
      return `has an unknown member: ${issue.keys.join(', ')}`;
    case 'invalid_union':
      // A union that is told apart by one member has options.
      return Array.isArray(issue.options) ? `must be one of ${issue.options.join(', ')}` : undefined;
    default:
      return undefined;
  }
}

function bound(origin: string, how: string, limit: number | bigint): string {
  const unit = UNITS[origin];
  return unit ? `must have ${how} ${limit} ${unit}` : `must be ${how} ${limit}`;
}

z.config({ customError: inPlainWords });
