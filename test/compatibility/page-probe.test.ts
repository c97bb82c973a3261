import type { IncomingMessage, RequestListener } from 'node:http';
import { describe, expect, test } from 'vitest';
import { lookAtPage } from '../../main/compatibility/page-probe.ts';
import type { ProxyFor } from '../../main/network/proxies.ts';
import { type CertificateName, makeCertificates } from '../support/certificates.ts';
import { startProxy } from '../support/proxy.ts';
import { nobody, serve } from '../support/servers.ts';

const never = new AbortController().signal;

/** An https server, and what it was asked. */
async function servePage(listener: RequestListener, name: CertificateName = 'good') {
  const asked: IncomingMessage[] = [];
  const origin = await serve((request, response) => {
    asked.push(request);
    listener(request, response);
  }, makeCertificates()[name]);
  return {
    origin,
    asked,
    look: (path: string, ...more: string[]) => lookAtPage(`${origin}${path}`, [origin, ...more], never),
  };
}

test('the headers come as they are, every line of them, and nothing of the body is read', async () => {
  const closed = Promise.withResolvers<void>();
  const { origin, look } = await servePage((_request, response) => {
    response.writeHead(200, [
      'X-Frame-Options',
      'DENY',
      'Content-Security-Policy',
      'a',
      'content-security-policy',
      'b',
    ]);
    response.on('close', closed.resolve);
    response.write('x'.repeat(1000));
  });
  const seen = await look('/agent?view=1');
  if (!('headers' in seen)) throw new Error(seen.detail);
  expect([seen.pageUrl, seen.redirectChain]).toEqual([`${origin}/agent?view=1`, []]);
  expect(seen.headers.filter(([name]) => /content-sec|frame/.test(name))).toEqual([
    ['content-security-policy', 'a'],
    ['content-security-policy', 'b'],
    ['x-frame-options', 'DENY'],
  ]);
  await closed.promise;
});

test('it is asked for as a frame would, without fragment, cookies or anything of a pop', async () => {
  const { asked, look } = await servePage((_request, response) => response.end());
  await look('/agent#/route?customerName=Ada');
  expect(asked.map(({ method, url }) => [method, url])).toEqual([['GET', '/agent']]);
  expect(asked[0]?.headers).toMatchObject({ 'sec-fetch-dest': 'iframe', 'user-agent': 'poptray' });
  expect(Object.keys(asked[0]?.headers ?? {}).sort()).toEqual([
    'accept',
    'accept-encoding',
    'connection',
    'host',
    'sec-fetch-dest',
    'sec-fetch-mode',
    'sec-fetch-site',
    'user-agent',
  ]);
});

test.each([
  ['the environment', (proxy: string) => ({ env: { https_proxy: proxy.replace('http://', '') } })],
  ['the environment, for http', (proxy: string) => ({ env: { HTTP_PROXY: proxy } })],
  ['the system', (proxy: string) => ({ env: {}, system: async () => proxy })],
])('it goes through the proxy that %s names; a page on this machine does not', async (_who, proxies) => {
  const { remote } = makeCertificates();
  const { url: proxy, tunnels } = await startProxy(
    await serve((_request, response) => response.writeHead(200, { 'x-frame-options': 'DENY' }).end(), remote),
  );
  const look = (page: string) => lookAtPage(page, [], never, { proxies: proxies(proxy) });
  expect(await look('https://api.pops.test/agent')).toMatchObject({ pageUrl: 'https://api.pops.test/agent' });
  const { origin } = await servePage((_request, response) => response.end());
  expect(await look(origin)).toMatchObject({ pageUrl: `${origin}/` });
  expect(tunnels).toEqual(['api.pops.test:443']);
});

test('where the system cannot say, it goes directly; where it says nothing, the look has an end', async () => {
  const { origin } = await servePage((_request, response) => response.end());
  // A name of this machine that is not taken for it.
  const page = origin.replace('127.0.0.1', '[::ffff:7f00:1]');
  const look = (system: ProxyFor) =>
    lookAtPage(page, [], never, { proxies: { env: {}, system }, timeoutMs: 500 });
  expect(await look(() => Promise.reject(new Error()))).toMatchObject({
    detail: expect.stringMatching(/^the page cannot be read: The certificate that .* shows is one for/),
  });
  expect(await look(() => new Promise(() => {}))).toMatchObject({
    detail: expect.stringMatching(/^the page cannot be read: .* has not answered in time/),
  });
});

describe('redirects', () => {
  test('are followed on the allowed origins, and kept', async () => {
    const { origin, look } = await servePage(({ url }, response) => {
      if (url === '/a') response.writeHead(302, { location: '/b', 'x-hop': '1' }).end();
      else if (url === '/b') response.writeHead(307, { location: `${origin}/c#x` }).end();
      else response.writeHead(200, { 'x-frame-options': 'DENY' }).end();
    });
    const seen = await look('/a');
    if (!('headers' in seen)) throw new Error(seen.detail);
    expect(seen.pageUrl).toBe(`${origin}/c`);
    expect(seen.redirectChain.map(({ url }) => url)).toEqual([`${origin}/a`, `${origin}/b`]);
    expect(seen.redirectChain[0]?.headers).toContainEqual(['x-hop', '1']);
  });

  test('elsewhere are not: nobody can have poptray call an address that is not in the settings', async () => {
    const inner = await servePage((_request, response) => response.end());
    const { look } = await servePage((_request, response) => {
      response.writeHead(302, { location: `${inner.origin}/latest/meta-data/` }).end();
    });
    expect(await look('/')).toEqual({
      rule: 'redirect-elsewhere',
      detail: `the page redirects to ${inner.origin}`,
    });
    expect(inner.asked).toEqual([]);
    expect(await look('/', inner.origin)).toMatchObject({ pageUrl: `${inner.origin}/latest/meta-data/` });
  });

  test('to http are not called either, since no frame can show them', async () => {
    const { look } = await servePage((_request, response) => {
      response.writeHead(302, { location: 'http://crm.example/' }).end();
    });
    expect(await look('/')).toMatchObject({ pageUrl: 'http://crm.example/', headers: [] });
  });

  test('to http on this machine are, where the settings allow them: somebody develops a page', async () => {
    const local = await serve((_request, response) => response.setHeader('x-frame-options', 'DENY').end());
    const { look } = await servePage((_request, response) => {
      response.writeHead(302, { location: `${local}/agent` }).end();
    });
    expect(await look('/')).toMatchObject({ rule: 'redirect-elsewhere' });
    const seen = await look('/', local);
    expect(seen).toMatchObject({
      pageUrl: `${local}/agent`,
      headers: expect.arrayContaining([['x-frame-options', 'DENY']]),
    });
    expect(await lookAtPage(`${local}/agent`, [local], never)).toMatchObject({ pageUrl: `${local}/agent` });
  });

  test.each(['/', 'https://:0/'])('that never end, or lead nowhere, end the look: %s', async (location) => {
    const { look, asked } = await servePage((_request, response) => {
      response.writeHead(302, { location }).end();
    });
    expect(await look('/')).toEqual({ rule: 'unreachable', detail: 'the page redirects to nowhere' });
    expect(asked.length).toBeLessThan(12);
  });
});

describe('a page that cannot be looked at', () => {
  const detail = (why: string) => ({ rule: 'unreachable', detail: why });

  test('answers with a fault of its server', async () => {
    const { look } = await servePage((_request, response) => response.writeHead(503).end());
    expect(await look('/')).toEqual(detail('the page answers 503'));
  });

  test('has nobody behind it', async () => {
    const origin = (await nobody()).replace('http:', 'https:');
    const { host } = new URL(origin);
    expect(await lookAtPage(origin, [origin], never)).toEqual({
      ...detail(`the page cannot be read: Nothing takes connections at ${host}: it was refused`),
      advice: expect.stringContaining('Check the port'),
    });
  });

  test.each(['wrong name', 'expired', 'self-signed'] as const)(
    'has a certificate that is %s',
    async (name) => {
      const { look, asked } = await servePage((_request, response) => response.end(), name);
      expect(await look('/')).toMatchObject({
        rule: 'unreachable',
        detail: expect.stringMatching(/^the page cannot be read: .*certificate/i),
      });
      expect(asked).toEqual([]);
    },
  );

  test('does not answer in time, or poptray stops', async () => {
    const { origin } = await servePage(() => {});
    expect(await lookAtPage(origin, [origin], never, { timeoutMs: 50 })).toMatchObject(
      detail(`the page cannot be read: ${new URL(origin).host} has not answered in time`),
    );
    expect(await lookAtPage(origin, [origin], AbortSignal.timeout(50))).toMatchObject({
      rule: 'unreachable',
    });
  });
});
