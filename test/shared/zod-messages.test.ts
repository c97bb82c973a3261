import { describe, expect, test } from 'vitest';
import { destinationForms } from '../../shared/destinations/forms.ts';
import { settingsSchema } from '../../shared/settings.ts';
import { triggerSchema } from '../../shared/trigger.ts';

const KINDS = destinationForms.map(({ kind }) => kind).join(', ');

function complaint(schema: typeof settingsSchema | typeof triggerSchema, value: object): string {
  const parsed = schema.safeParse(value);
  return parsed.error?.issues.map(({ path, message }) => `${path.join('/')} ${message}`).join('; ') ?? 'none';
}

describe('what is wrong is said in plain words', () => {
  test.each([
    [{ port: 99_999 }, 'port must be at most 65535'],
    [{ port: -1 }, 'port must be at least 0'],
    [{ port: '' }, 'port must be a number'],
    [{ port: 80.5 }, 'port must be a whole number'],
    [{ attemptTimeoutMs: 0 }, 'attemptTimeoutMs must be more than 0'],
    [{ attemptTimeoutMs: 900_000 }, 'attemptTimeoutMs must be at most ten minutes'],
    [{ logLevel: 'loud' }, 'logLevel must be one of error, warn, info, debug'],
    [{ autostart: 'yes' }, 'autostart must be true or false'],
    [{ applications: [] }, 'applications must not be empty'],
    [{ bogus: 1, prot: 2 }, ' has an unknown member: bogus, prot'],
    [{ destinations: [{ kind: 'x' }] }, `destinations/0/kind must be one of ${KINDS}`],
    [{ destinations: [{}] }, `destinations/0/kind must be one of ${KINDS}`],
    [{ destinations: [] }, 'destinations must not be empty'],
    [{ destination: { kind: 'simulator' } }, ' has an unknown member: destination'],
    [{ browserOrigins: 'https://x.example' }, 'browserOrigins must be a list'],
  ])('of settings: %j', (value, words) => {
    expect(complaint(settingsSchema, value)).toBe(words);
  });

  test.each([
    [{ userId: '' }, 'userId must be 1 to 64 letters, digits or hyphens'],
    [{ userId: 'a', sessionToken: 'x'.repeat(4097) }, 'sessionToken must have at most 4096 characters'],
    [{ userId: 'a', expiresAt: 'soon' }, 'expiresAt must be an RFC 3339 date-time'],
    [{ userId: 'a', state: 'x' }, 'state must be an object'],
  ])('of a trigger: %j', (value, words) => {
    expect(complaint(triggerSchema, value)).toBe(words);
  });
});
