import * as fc from 'fast-check';
import { getCountries, getExampleNumber } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples' with { type: 'json' };
import { describe, expect, test } from 'vitest';
import { contextOf } from '../../main/pipeline/inject-context.ts';
import { callNamesOf } from '../../main/pipeline/other-party.ts';
import { callNumbersOf, phoneNumberOf } from '../../main/pipeline/phone-number.ts';
import { settingsSchema } from '../../shared/settings.ts';
import type { Trigger } from '../../shared/trigger.ts';
import { USER } from '../support/test-app.ts';
import { createWorld } from './world.ts';

type PhoneCall = NonNullable<Trigger['call']>;

const contextAt = (country: string | undefined, call: PhoneCall) =>
  Object.fromEntries(contextOf({ call }, callNumbersOf(call, country)));
const partyAt = (country: string | undefined, from: string) => {
  const call: PhoneCall = { from, direction: 'inbound' };
  return callNamesOf({ call }, callNumbersOf(call, country), country).party;
};

describe('a number', () => {
  test.each([
    ['030 12345678', 'DE'],
    ['030/12 34 56 78', 'DE'],
    ['(030) 123 456-78', 'DE'],
    ['+49 30 12345678', undefined],
    ['+49 (0)30 12345678', undefined],
    ['004930 12345678', undefined],
    ['4930 12345678', 'DE'],
    ['011 49 30 12345678', 'US'],
    ['tel:+49-30-12345678;ext=12', undefined],
    ['+49 30 12345678 ext. 12', undefined],
    ['sip:03012345678@pbx.example', 'DE'],
    ['"Lovelace, Ada" <sip:%2B493012345678@10.0.0.1;user=phone>;tag=1', undefined],
    ['＋４９ ３０ １２３４５６７８', undefined],
  ])('has one form for CRMs, however it is written: %s, dialled in %s', (from, country) => {
    expect(contextAt(country, { from, direction: 'inbound' })).toEqual({
      'call.from': '+493012345678',
      'call.fromRaw': from,
      'call.direction': 'inbound',
      'call.remote': '+493012345678',
      'call.national': '030 12345678',
      'call.digits': '493012345678',
    });
    expect(partyAt(country, from)).toBe('+493012345678');
  });

  test('is the one that was called, where the call went out', () => {
    const call: PhoneCall = { from: '201', to: '(213) 373-4253', direction: 'outbound' };
    expect(contextAt('US', call)).toMatchObject({
      'call.from': '201',
      'call.to': '+12133734253',
      'call.toRaw': '(213) 373-4253',
      'call.remote': '+12133734253',
      'call.national': '(213) 373-4253',
      'call.digits': '12133734253',
    });
  });

  test.each([
    ['030 12345678', undefined, '03012345678'],
    ['201', 'DE', '201'],
    ['sip:201@pbx.example', 'DE', '201'],
    ['112', 'DE', '112'],
    ['+49301', undefined, '49301'],
    // As long as one of the country, but none that was ever given out.
    ['+1 213 073 4253', undefined, '12130734253'],
  ])('of no public network stays as it is, with its digits: %s, dialled in %s', (from, country, digits) => {
    expect(contextAt(country, { from, direction: 'inbound' })).toEqual({
      'call.from': from,
      'call.fromRaw': from,
      'call.direction': 'inbound',
      'call.remote': from,
      'call.digits': digits,
    });
  });

  test.each([
    'anonymous',
    'Restricted',
    '',
    '0000',
    'sales',
    '1-800-FLOWERS',
    'sip:ada@example.com',
    '9'.repeat(512),
  ])('is not made of what is none: %j', (from) => {
    const context = contextAt('DE', { from, direction: 'inbound' });
    expect(context).toMatchObject({ 'call.from': from, 'call.remote': from });
    expect(Object.keys(context)).not.toContain('call.national');
    expect(Object.keys(context)).not.toContain('call.digits');
  });

  test('of any country is read back from each way of writing it, there', () => {
    const countries = fc.constantFrom(...getCountries());
    fc.assert(
      fc.property(countries, (country) => {
        const number = getExampleNumber(country, examples);
        fc.pre(number !== undefined);
        for (const text of [number.formatNational(), number.formatInternational(), number.getURI()])
          expect(phoneNumberOf(text, country)?.e164).toBe(number.number);
      }),
    );
  });

  test('is looked for in any text without a fault', () => {
    const countries = fc.constantFrom(undefined, 'DE', 'US', 'AQ', 'XX');
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 512 }),
      fc.stringMatching(/^[+0-9 ()x;ext=#./-]{0,80}$/),
    );
    fc.assert(
      fc.property(text, countries, (from, country) => {
        const number = phoneNumberOf(from, country);
        if (number) expect(number.e164).toMatch(/^\+[1-9]\d{3,16}$/);
      }),
    );
  });
});

describe('a call without an id', () => {
  test('is one, whether the exchange tells the number with the country or without', async () => {
    const world = createWorld();
    world.settings.config = { ...world.settings.config, agent: { country: 'DE' } };
    const ring = (from: string) =>
      world.pop({ userId: USER, phase: 'ringing', call: { from, direction: 'inbound' } });
    expect((await ring('030 12345678')).status).toBe('delivered');
    expect(await ring('+49 30 12345678')).toMatchObject({ status: 'suppressed', reason: 'dedupe' });
  });
});

describe('the country', () => {
  const countryOf = (country: unknown) => settingsSchema.safeParse({ agent: { country } });

  test('is none until somebody says so: a number is never taken for one of another country', () => {
    expect(settingsSchema.parse({}).agent.country).toBeUndefined();
    expect(phoneNumberOf('030 12345678')).toBeUndefined();
  });

  test.each(['DE', 'US', 'XK'])('is a code of two letters: %s', (country) => {
    expect(countryOf(country).success).toBe(true);
  });

  test.each(['de', 'D', 'Germany', 'QQ', '49', ''])('and nothing else: %j', (country) => {
    expect(countryOf(country).error?.issues[0]).toMatchObject({
      path: ['agent', 'country'],
      message: 'must be the code of a country, such as DE or US',
    });
  });
});
