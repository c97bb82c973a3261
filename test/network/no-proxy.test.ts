import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseNoProxy } from '../../main/network/no-proxy.ts';
import { proxiesFor } from '../../main/network/proxies.ts';
import { proxyOptionsFor } from '../../main/network/proxy-options.ts';

const PROXY = 'http://proxy.example:3128';

describe('NO_PROXY', () => {
  test.each<[entry: string, direct: string[], proxied: string[]]>([
    [
      'corp.example',
      [
        'https://corp.example',
        'https://crm.corp.example',
        'https://a.b.corp.example:8443',
        'https://CRM.Corp.Example',
      ],
      ['https://notcorp.example', 'https://corp.example.evil', 'https://example'],
    ],
    ['.corp.example', ['https://crm.corp.example', 'https://corp.example'], ['https://xcorp.example']],
    ['*.corp.example', ['https://crm.corp.example', 'https://corp.example'], ['https://xcorp.example']],
    ['corp.example.', ['https://corp.example', 'https://corp.example.'], []],
    ['CORP.Example', ['https://crm.corp.example'], []],
    ['bücher.example', ['https://xn--bcher-kva.example'], []],
    ['intranet', ['http://intranet', 'https://crm.intranet'], ['https://intranet.example']],
    ['*', ['https://corp.example', 'http://10.0.0.1', 'http://[2001:db8::7]'], []],
    [
      'corp.example:8443',
      ['https://crm.corp.example:8443'],
      ['https://crm.corp.example', 'http://corp.example'],
    ],
    ['corp.example:443', ['https://corp.example'], ['http://corp.example']],
    [
      '10.1.2.3',
      ['http://10.1.2.3', 'http://10.1.2.3:8080', 'http://[::ffff:10.1.2.3]'],
      ['http://10.1.2.30'],
    ],
    ['10.1.2.3:80', ['http://10.1.2.3'], ['https://10.1.2.3']],
    [
      '10.0.0.0/8',
      ['http://10.255.0.1', 'https://10.0.0.0', 'http://[::ffff:a01:203]'],
      ['http://11.0.0.1', 'https://corp.example', 'http://[a00::1]'],
    ],
    ['172.16.0.0/12', ['http://172.31.255.255'], ['http://172.32.0.0']],
    ['2001:db8::/32', ['http://[2001:db8:1::7]'], ['http://[2001:db9::7]', 'http://32.1.13.184']],
    ['2001:db8::7', ['http://[2001:db8:0:0::7]:81'], ['http://[2001:db8::8]']],
    ['[2001:db8::7]:8443', ['https://[2001:db8::7]:8443'], ['https://[2001:db8::7]']],
  ])('%s', (entry, direct, proxied) => {
    const { exempts, unknown } = parseNoProxy(entry);
    expect(unknown).toEqual([]);
    for (const origin of direct) expect([origin, exempts(origin)]).toEqual([origin, true]);
    for (const origin of proxied) expect([origin, exempts(origin)]).toEqual([origin, false]);
  });

  test.each(['*.corp.example localhost', '*.corp.example,localhost', ' , *.corp.example ,\tlocalhost\n'])(
    'may have commas or blanks between its entries: %j',
    (text) => {
      const { exempts } = parseNoProxy(text);
      const origins = ['https://a.corp.example', 'http://localhost', 'https://other.example'];
      expect(origins.map(exempts)).toEqual([true, true, false]);
    },
  );

  test('names what means nothing, and takes the rest', () => {
    const { exempts, unknown } = parseNoProxy(
      '10.0.0.0/33, http://corp.example, a..b, good.example, x:99999999, 256.1.1.1',
    );
    expect(unknown).toEqual(['10.0.0.0/33', 'http://corp.example', 'a..b', 'x:99999999', '256.1.1.1']);
    expect(exempts('https://good.example')).toBe(true);
    expect(exempts('https://corp.example')).toBe(false);
  });

  test('throws for nothing that a variable can hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.webUrl(), (text, url) => {
        expect(typeof parseNoProxy(text).exempts(new URL(url).origin)).toBe('boolean');
      }),
    );
  });
});

test('one reader: what a pop and a look at a page make of the same variable is the same', async () => {
  const entry = fc.constantFrom(
    'corp.example',
    '.a.corp.example',
    '*',
    '10.0.0.0/8',
    '10.1.2.3',
    'corp.example:8443',
    '::1',
  );
  const host = fc.constantFrom(
    'corp.example',
    'b.a.corp.example',
    '10.1.2.3',
    '11.1.2.3',
    'other.example',
    '127.0.0.1',
  );
  const origin = fc.tuple(fc.constantFrom('http', 'https'), host, fc.constantFrom('', ':8443'));
  await fc.assert(
    fc.asyncProperty(
      fc.array(entry, { maxLength: 3 }),
      origin,
      fc.boolean(),
      async (entries, [scheme, name, port], isSystem) => {
        const env = { NO_PROXY: entries.join(' '), ...(!isSystem && { HTTP_PROXY: PROXY }) };
        const proxies = { env, system: async () => PROXY };
        const url = `${scheme}://${name}${port}`;
        const proxy = await proxiesFor(proxies)?.(url);
        const { proxyEnv } = await proxyOptionsFor(url, proxies, new AbortController().signal);
        expect(proxyEnv?.HTTPS_PROXY).toBe(proxy?.url);
      },
    ),
  );
});
