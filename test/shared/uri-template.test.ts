import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expandTemplate, templateFault, variablesOf } from '../../shared/uri-template.ts';

describe('a template', () => {
  test.each([
    'https://crm.example/',
    'https://crm.example/{x}',
    'https://crm.example/a{/x,y}/view',
    'https://crm.example/a{?x,call.from}',
    'https://crm.example/a?b=1{&x}#/route/{y}',
    'https://crm.example/a?phone={x}',
    'https://crm.example/a{?Account%20Balance}',
    'http://127.0.0.1:8080/{x}',
    'https://org.lightning.force.com/lightning/r/Contact/{id}/view',
    "https://x.crm.dynamics.com/api?f=name%20eq%20'{x}'",
  ])('is taken: %s', (template) => {
    expect(templateFault(template)).toBeNull();
  });

  test.each([
    ['{x}', 'whole https origin'],
    ['https://{host}/', 'whole https origin'],
    ['https://crm.example{x}', 'whole https origin'],
    ['https://crm.example?{x}', 'whole https origin'],
    ['https://user@crm.example/{x}', 'whole https origin'],
    ['http://crm.example/{x}', 'whole https origin'],
    ['https://crm.example/{+x}', 'alone'],
    ['https://crm.example/{#x}', 'alone'],
    ['https://crm.example/{.x}', 'alone'],
    ['https://crm.example/{;x}', 'alone'],
    ['https://crm.example/{x:3}', 'alone'],
    ['https://crm.example/{x*}', 'alone'],
    ['https://crm.example/{x', 'alone'],
    ['https://crm.example/}', 'alone'],
    ['https://crm.example/{}', 'alone'],
    ['https://crm.example/{a b}', 'alone'],
    ['https://crm.example/100%{x}', 'two hex digits'],
    ['https://crm.example/a b/{x}', 'percent-encoded'],
    ['https://crm.example/ü/{x}', 'percent-encoded'],
    ['https://crm.example/a\\b/{x}', 'percent-encoded'],
    ['https://crm.example/../{x}', '. or ..'],
    ['https://crm.example/%2E%2e/{x}', '. or ..'],
    ['https://crm.example/?a=1{?x}', '{&x}'],
    ['https://crm.example/{?x}{?y}', '{&x}'],
    ['https://crm.example/{&x}', '{?x}'],
    ['https://crm.example/{%23x}', 'no name'],
    ['https://crm.example/{?a%2Cb}', 'no name'],
    ['https://crm.example/{?a%ff}', 'no name'],
  ])('is refused: %s', (template, why) => {
    expect(templateFault(template)).toContain(why);
  });

  test('tells which of its variables a page does without', () => {
    const template = 'https://crm.example/a/{path}{/more}?q={query}{&rest}#/{route}?r={last}';
    expect(variablesOf(template)).toEqual([
      { name: 'path', isOptional: false },
      { name: 'more', isOptional: false },
      { name: 'query', isOptional: true },
      { name: 'rest', isOptional: true },
      { name: 'route', isOptional: false },
      { name: 'last', isOptional: true },
    ]);
  });

  test('looks up a name as it is, and writes it encoded once', () => {
    const filled = expandTemplate('https://crm.example/{?Account%20Balance}', { 'Account Balance': '1 000' });
    expect(filled).toBe('https://crm.example/?Account%20Balance=1%20000');
  });

  test('leaves out of a query what is not there or empty', () => {
    expect(expandTemplate('https://crm.example/a{?x,y,z}', { y: '', z: '1' })).toBe(
      'https://crm.example/a?z=1',
    );
  });

  test('whatever the values, scheme, host, port and the steps of the path stay what it says', () => {
    const value = fc.oneof(
      fc.string({ minLength: 1, unit: 'binary' }).filter((text) => text.isWellFormed()),
      fc.constantFrom(
        '/',
        '../..',
        '//evil.com',
        '\\',
        '?a',
        '#b',
        '%2e%2e',
        '@evil.com',
        ':81',
        '{x}',
        '\t',
        '%00',
      ),
    );
    const template = 'https://crm.example:8443/a/{x}/b{/y}/c?q={x}{&y,z}#/r/{z}';
    const structureOf = (text: string) => {
      const { protocol, host, username, pathname, hash } = new URL(text);
      return [protocol, host, username, pathname.split('/').length, hash.split('/').length];
    };
    const isNoStep = (text: string) => !/^\.\.?$/.test(text);
    fc.assert(
      fc.property(value.filter(isNoStep), value.filter(isNoStep), value, (x, y, z) => {
        const filled = expandTemplate(template, { x, y, z });
        expect(structureOf(filled)).toEqual(
          structureOf(expandTemplate(template, { x: 'x', y: 'y', z: 'z' })),
        );
        const url = new URL(filled);
        expect(decodeURIComponent(url.pathname.split('/')[2] ?? '')).toBe(x);
        expect(url.searchParams.get('q')).toBe(x);
        expect(url.searchParams.get('z')).toBe(z);
      }),
    );
  });
});
