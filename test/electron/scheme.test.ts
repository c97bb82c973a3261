import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSchemeUrl, parseScheme, SchemeRefused, UNNAMED } from '../../main/electron/scheme.ts';
import { triggerSchema } from '../../shared/trigger.ts';

describe('a poptray: URL', () => {
  test('becomes a trigger', () => {
    const url =
      'poptray://trigger?user=agent-1&interaction=call%201&phase=ringing&from=3CX&fields=customerName,phone&data.customerName=Ada%20Lovelace&data.phone=+4930123';
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
    ['030%20123', '030 123'],
    ['+4930123', '+4930123'],
    ['R&D', 'R&D'],
    ['#1', '#1'],
    ['100% Clean', '100% Clean'],
    ['%E4%C3%A4%', '%E4ä%'],
    ['1&data.caseId=C-666&from-phone=x&raw=2#y', '1&data.caseId=C-666&from-phone=x&raw=2#y'],
    ['', ''],
  ])('of a call takes all that follows raw for the other party: %j', (raw, party) => {
    expect(parseScheme(`poptray://call?from-phone=3CX&phase=ringing&raw=${raw}`)).toEqual({
      from: '3CX',
      trigger: { phase: 'ringing', call: { from: party, direction: 'inbound' } },
    });
  });

  test('of an outbound call names whom it goes to', () => {
    const { trigger } = parseScheme('poptray://call?direction=outbound&raw=sip:ada@example.com');
    expect(trigger.call).toEqual({ to: 'sip:ada@example.com', direction: 'outbound' });
  });

  test('whatever a caller sends, it is the other party and nothing more', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (caller) => {
        for (const sent of [caller, encodeURIComponent(caller.toWellFormed())]) {
          const { from, trigger } = parseScheme(`poptray://call?from-phone=3CX&raw=${sent}`);
          expect([from, Object.keys(trigger), Object.keys(trigger.call ?? {})]).toEqual([
            '3CX',
            ['call'],
            ['from', 'direction'],
          ]);
        }
        expect(parseScheme(`poptray://call?raw=${encodeURIComponent(caller)}`).trigger.call?.from).toBe(
          caller,
        );
      }),
    );
  });

  test.each([
    ['another scheme', 'http://trigger?user=a'],
    ['another host', 'poptray://settings?user=a'],
    ['another path', 'poptray://trigger/now?user=a'],
    ['userinfo', 'poptray://me@trigger?user=a'],
    ['a port', 'poptray://trigger:80?user=a'],
    ['a fragment', 'poptray://trigger?user=a#b'],
    ['an unknown parameter', 'poptray://trigger?user=a&application_id=b'],
    ['a caller’s & in its data (C07)', 'poptray://trigger?user=a&data.caller=R&D'],
    ['a caller’s # in its data (C07)', 'poptray://trigger?user=a&data.caller=#1'],
    ['a % in its data that encodes nothing (C07)', 'poptray://trigger?user=a&data.caller=100% Clean'],
    ['an entry that a caller has brought (C07)', 'poptray://trigger?user=a&data.caller=1&data.caseId=C-666'],
    [
      'an entry that a caller has brought beside those that are named',
      'poptray://trigger?user=a&fields=caller,caseId&data.caller=1&data.caseId=C-666&data.caseId=C-1',
    ],
    ['named data in another order', 'poptray://trigger?user=a&fields=b,a&data.a=1&data.b=2'],
    ['named data that are not there', 'poptray://trigger?user=a&fields=a,b&data.a=1'],
    ['data before a parameter', 'poptray://trigger?data.caller=1&user=a'],
    ['data between the named ones', 'poptray://trigger?fields=a,b&data.a=1&user=a&data.b=2'],
    ['a call without its party', 'poptray://call?from-phone=3CX'],
    ['a call with an unknown parameter', 'poptray://call?data.x=1&raw=030'],
    ['a call in no direction', 'poptray://call?direction=up&raw=030'],
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
