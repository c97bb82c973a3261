import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { callNamesOf, partyOf } from '../../main/pipeline/other-party.ts';

describe('the other party', () => {
  test.each([
    '+4930901820',
    '+49 30 901820',
    '+49 (30) 90-18.20',
    '0049 30 901820',
    '+49 (0) 30 901820',
    'tel:+4930901820',
    'TEL:+49-30-901820;phone-context=example.com',
    'sip:+4930901820@pbx.example',
    'sips:+4930901820:secret@pbx.example;transport=tls?subject=x',
    '"Lovelace, Ada" <sip:%2B4930901820@10.0.0.1;user=phone>;tag=1',
    '+4930901820@pbx.example',
    '＋４９ ３０ ９０１８２０',
  ])('is one however its number is written: %s', (text) => {
    expect(partyOf(text)).toBe('+4930901820');
  });

  test.each([
    ['101', '101'],
    ['030 901820', '030901820'],
    ['sip:Ada@Example.com', 'ada@example.com'],
    ['Ada  Lovelace', 'ada lovelace'],
    ['sales', 'sales'],
    ['1700000000123456789', '1700000000123456789'],
  ])('keeps what tells it from others: %s', (text, party) => {
    expect(partyOf(text)).toBe(party);
  });

  test.each([
    '',
    ' ',
    '-',
    '0',
    '000',
    'anonymous',
    'Anonymous',
    '<sip:anonymous@anonymous.invalid>',
    '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1',
    'RESTRICTED',
    'Private Number',
    'no caller-id',
    'unknown',
    'Unbekannt',
    'Numéro masqué',
    'sip:unavailable@unknown.invalid',
  ])('is nobody when it is withheld: %j', (text) => {
    expect(partyOf(text)).toBeNull();
  });

  test('of any text is found without a fault, and is its own normal form', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'grapheme', maxLength: 512 }), fc.string({ unit: 'binary' })),
        (text) => {
          const party = partyOf(text);
          if (party !== null && !/[@<>:%]/.test(party)) expect(partyOf(party)).toBe(party);
        },
      ),
    );
  });
});

describe('an id', () => {
  const idOf = (interactionId: string) => callNamesOf({ interactionId }).id;

  test.each([
    'call-1',
    '0a7f3c9e-2c1d-4f6e-9b7a-5d1c2e3f4a5b',
    '1700000000.12',
    '1764489600.4711',
    'a84b4c76e66710@pc33.atlanta.com',
    '12345@10.0.0.1',
    '20261130-101530-000123456',
    '12345678901234567890',
    'SIP/101-00000012',
    'unknown-7',
    '5',
  ])('of a call is one: %s', (id) => {
    expect(idOf(id)).toBe(id);
  });

  test.each([
    '+49 30 901820',
    '101',
    '030/901820',
    '01.23.45.67.89',
    'tel:101',
    'sip:ada@example.com',
    'anonymous',
    ' ',
    '0',
  ])('that only says who calls is none: %j', (id) => {
    expect(idOf(id)).toBeUndefined();
  });
});
