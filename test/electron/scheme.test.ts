import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSchemeUrl, parseScheme, SchemeRefused, UNNAMED } from '../../main/electron/scheme.ts';
import { triggerSchema } from '../../shared/trigger.ts';

describe('a poptray: URL', () => {
  test('becomes a trigger', () => {
    const url =
      'poptray://trigger?user=agent-1&data.customerName=Ada%20Lovelace&data.phone=+4930123&interaction=call%201&phase=ringing&from=3CX';
    expect(parseScheme(url)).toEqual({
      from: '3CX',
      trigger: {
        userId: 'agent-1',
        customerData: { customerName: 'Ada Lovelace', phone: '+4930123' },
        interactionId: 'call 1',
        phase: 'ringing',
      },
    });
  });

  test('is taken in the spellings that systems make of it', () => {
    for (const url of ['POPTRAY://trigger?user=a', 'poptray://Trigger/?user=a', 'poptray://trigger/?user=a&'])
      expect(parseScheme(url)).toEqual({ from: UNNAMED, trigger: { userId: 'a' } });
  });

  test('names nobody where the workstation knows its agent', () => {
    expect(parseScheme('poptray://trigger?phase=ringing').trigger).toEqual({ phase: 'ringing' });
  });

  test.each([
    ['another scheme', 'http://trigger?user=a'],
    ['another host', 'poptray://settings?user=a'],
    ['another path', 'poptray://trigger/now?user=a'],
    ['userinfo', 'poptray://me@trigger?user=a'],
    ['a port', 'poptray://trigger:80?user=a'],
    ['a fragment', 'poptray://trigger?user=a#b'],
    ['an unknown parameter', 'poptray://trigger?user=a&application_id=b'],
    ['a session token', 'poptray://trigger?user=a&sessionToken=b'],
    ['a parameter of the prototype', 'poptray://trigger?user=a&constructor=b'],
    ['a parameter twice', 'poptray://trigger?user=a&user=b'],
    ['a parameter without a value', 'poptray://trigger?user'],
    ['a user that is none', 'poptray://trigger?user=a%2Fb'],
    ['an unknown phase', 'poptray://trigger?user=a&phase=held'],
    ['a reserved name', 'poptray://trigger?user=a&data.__proto__=b'],
    ['the session token as data', 'poptray://trigger?user=a&data.sessionToken=b'],
    ['broken percent-encoding', 'poptray://trigger?user=a&data.name=%E4'],
    ['a caller with markup', 'poptray://trigger?user=a&from=%3Cb%3E'],
    ['a caller with a line break', 'poptray://trigger?user=a&from=a%0Ab'],
    ['a length beyond sense', `poptray://trigger?user=a&data.name=${'x'.repeat(20_000)}`],
  ])('with %s is refused', (_, url) => {
    expect(() => parseScheme(url)).toThrow(SchemeRefused);
  });

  test('never throws anything but its refusal, and never quotes what it refuses', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string().map((rest) => `poptray://trigger?${rest}`),
    );
    fc.assert(
      fc.property(text, (url) => {
        try {
          expect(triggerSchema.safeParse(parseScheme(url).trigger).success).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(SchemeRefused);
        }
      }),
    );
    const quoted = () => parseScheme('poptray://trigger?user=a&data.Ada%09Lovelace=b');
    expect(quoted).toThrow(SchemeRefused);
    expect(quoted).not.toThrow(/Ada/);
  });
});

test('an argument is a URL of the scheme in any spelling of it', () => {
  expect(['poptray:x', 'POPTRAY://trigger?user=a', 'PopTray://trigger'].every(isSchemeUrl)).toBe(true);
});

test('other arguments are no URLs of the scheme', () => {
  expect(['--port', 'poptray', './poptray://x', 'https://poptray:1'].filter(isSchemeUrl)).toEqual([]);
});
