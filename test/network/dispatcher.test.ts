import type { IncomingMessage } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createDispatcher, fetchThrough } from '../../main/network/dispatcher.ts';
import { HttpFailure } from '../../main/network/http.ts';
import { createHttpClient } from '../../main/network/http-client.ts';
import type { ProxyFor } from '../../main/network/proxies.ts';
import type { Environment } from '../../main/platform/environment.ts';
import { makeCertificates } from '../support/certificates.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { startProxy } from '../support/proxy.ts';
import { nobody, serve } from '../support/servers.ts';

const REMOTE = 'https://api.pops.test/pop';
/** This machine under a name that is not taken for it. */
const byAnotherName = (url: string) => url.replace('127.0.0.1', '[::ffff:7f00:1]');

/** A client with that environment or those system proxies, and a remote server that only the proxy can find. */
async function open(envOf: (proxyUrl: string) => Environment, system?: (proxyUrl: string) => ProxyFor) {
  const received: IncomingMessage['headers'][] = [];
  const { remote: certificate } = makeCertificates();
  const remote = await serve(({ headers }, response) => {
    received.push(headers);
    response.end('remote');
  }, certificate);
  const proxy = await startProxy(remote);
  const clock = createFakeClock();
  const dispatcher = createDispatcher({ env: envOf(proxy.url), system: system?.(proxy.url) }, clock);
  const http = createHttpClient(dispatcher);
  onTestFinished(() => http.close());
  const post = async (url: string) => {
    const request = { method: 'POST', url, headers: { 'x-mark': 'a' }, body: Buffer.from('{}') };
    try {
      return (await http.send(request, 5000, new AbortController().signal)).body;
    } catch (error) {
      return error instanceof HttpFailure ? error.kind : error;
    }
  };
  return { proxy, post, received, clock, fetch: fetchThrough(dispatcher) };
}

const here = () => serve((_request, response) => response.end('here'));

test('the Date of a reply is heard when it came over TLS, and only then', async () => {
  const date = 'Mon, 23 Nov 2026 12:00:00 GMT';
  const dispatcher = createDispatcher({ env: {} }, createFakeClock());
  const heard: unknown[] = [];
  const http = createHttpClient(dispatcher, (said) => heard.push(['call', said]));
  onTestFinished(() => http.close());
  const fetch = fetchThrough(dispatcher, (said) => heard.push(['fetch', said]));
  for (const certificate of [undefined, makeCertificates().good]) {
    const url = await serve((_request, response) => response.setHeader('date', date).end('ok'), certificate);
    const request = { method: 'POST', url, headers: {}, body: Buffer.from('{}') };
    await http.send(request, 5000, new AbortController().signal);
    await http.sendForHead(request, 5000, new AbortController().signal);
    await (await fetch(url)).text();
    if (!certificate) expect(heard).toEqual([]);
  }
  expect(heard).toEqual([
    ['call', date],
    ['call', date],
    ['fetch', date],
  ]);
});

describe('the proxy of the environment', () => {
  test.each(['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY'])('%s carries calls and tokens', async (name) => {
    const { proxy, post, fetch } = await open((url) => ({ [name]: url }));
    expect(await post(REMOTE)).toBe('remote');
    expect(await (await fetch('https://login.pops.test/oauth/token', { method: 'POST' })).text()).toBe(
      'remote',
    );
    expect(proxy.tunnels).toEqual(['api.pops.test:443', 'login.pops.test:443']);
  });

  test('may be named without a scheme', async () => {
    const { proxy, post } = await open((url) => ({ HTTPS_PROXY: url.replace('http://', '') }));
    expect([await post(REMOTE), proxy.tunnels.length]).toEqual(['remote', 1]);
  });

  test('keeps its tunnels for the next calls', async () => {
    const { proxy, post } = await open((url) => ({ HTTPS_PROXY: url }));
    for (let turn = 0; turn < 10; turn += 1) expect(await post(REMOTE)).toBe('remote');
    expect(proxy.tunnels.length).toBeLessThan(5);
  });

  test('never carries a call to this machine', async () => {
    const { proxy, post } = await open((url) => ({ HTTPS_PROXY: url, HTTP_PROXY: url }));
    const url = await here();
    expect([await post(url), await post(url.replace('127.0.0.1', 'localhost'))]).toEqual(['here', 'here']);
    expect([proxy.tunnels, proxy.others]).toEqual([[], []]);
  });

  test('does not carry calls to the hosts of NO_PROXY', async () => {
    const { proxy, post } = await open((url) => ({ HTTP_PROXY: url, NO_PROXY: '::ffff:7f00:1' }));
    expect(await post(byAnotherName(await here()))).toBe('here');
    expect(await post(REMOTE)).toBe('remote');
    expect([proxy.tunnels, proxy.others]).toEqual([['api.pops.test:443'], []]);
  });

  test('hears its own credentials, and the destination does not', async () => {
    const { proxy, post, received } = await open((url) => ({
      HTTPS_PROXY: url.replace('http://', 'http://user:mark-password@'),
    }));
    expect(await post(REMOTE)).toBe('remote');
    expect(proxy.credentials).toEqual([`Basic ${btoa('user:mark-password')}`]);
    expect(JSON.stringify(received)).not.toContain(btoa('user:mark-password'));
  });

  test.each([403, 407, 502])('that refuses with %i has passed nothing on', async (status) => {
    const { proxy, post, received } = await open((url) => ({ HTTPS_PROXY: url }));
    proxy.refuseWith = status;
    expect(await post(REMOTE)).toBe('unreachable');
    expect(received).toEqual([]);
    proxy.refuseWith = undefined;
    expect(await post(REMOTE)).toBe('remote');
  });

  test('that is not there has passed nothing on, and no call goes round it', async () => {
    const nowhere = await nobody();
    const { post } = await open(() => ({ HTTPS_PROXY: nowhere }));
    expect(await post(REMOTE)).toBe('unreachable');
  });

  test.each(['socks5://user:mark@proxy.example', 'http://', 'ftp://mark.example', 'mark proxy'])(
    '%s is none, and the message names the variable alone',
    (value) => {
      const message = (() => {
        try {
          createDispatcher({ env: { HTTPS_PROXY: value } }, createFakeClock());
          return 'it was taken';
        } catch (error) {
          return `${(error as Error).name} ${(error as Error).message}`;
        }
      })();
      expect(message).toMatch(/^SettingsInvalid HTTPS_PROXY must be the URL of a proxy/);
      expect(message).not.toContain('mark');
    },
  );
});

describe('the proxy of the system', () => {
  const none: Environment = {};

  test('is asked for once for an origin, and carries its calls', async () => {
    const asked: string[] = [];
    const { proxy, post } = await open(
      () => none,
      (url) => async (origin) => {
        asked.push(origin);
        return url;
      },
    );
    const burst = await Promise.all([post(REMOTE), post(REMOTE), post(REMOTE)]);
    expect([...burst, await post(REMOTE)]).toEqual(Array(4).fill('remote'));
    expect(asked).toEqual(['https://api.pops.test']);
    expect(new Set(proxy.tunnels)).toEqual(new Set(['api.pops.test:443']));
  });

  test('is asked for anew after a minute, behind the call', async () => {
    let asked = 0;
    const { post, clock } = await open(
      () => none,
      (url) => async () => {
        asked += 1;
        return asked === 1 ? undefined : url;
      },
    );
    // Without a proxy nobody is there under that name.
    const remote = byAnotherName(await nobody()).replace('http:', 'https:');
    expect(await post(remote)).toBe('unreachable');
    await clock.advance(60_000);
    expect(await post(remote)).toBe('unreachable');
    expect(asked).toBe(2);
    // Through the proxy somebody is, whose certificate is for other names.
    expect(await post(remote)).toBe('tls');
  });

  test('is not asked for a call to this machine', async () => {
    const { post } = await open(
      () => none,
      () => () => expect.fail('it was asked'),
    );
    expect(await post(await here())).toBe('here');
  });

  test('does not count while the environment names one', async () => {
    const { post, proxy } = await open(
      (url) => ({ HTTPS_PROXY: url }),
      () => () => expect.fail('it was asked'),
    );
    expect([await post(REMOTE), proxy.tunnels.length]).toEqual(['remote', 1]);
  });

  test.each<[string, ProxyFor]>([
    ['there is none', async () => undefined],
    ['it cannot be told', () => Promise.reject(new Error('no'))],
    ['what is told is no URL', async () => 'http://'],
  ])('is passed by when %s', async (_, system) => {
    const { post } = await open(
      () => none,
      () => system,
    );
    expect(await post(byAnotherName(await here()))).toBe('here');
  });

  test('is waited for two seconds at most, and used once it is known', async () => {
    let tell = (_: string) => {};
    const { post, clock, proxy } = await open(
      () => none,
      () => () => new Promise((resolve) => (tell = resolve)),
    );
    const url = byAnotherName(await here());
    const waiting = post(url);
    await clock.advance(2000);
    expect(await waiting).toBe('here');
    tell(proxy.url);
    await clock.advance(0);
    // The tunnel ends at the remote server, which speaks TLS alone.
    expect(await post(url)).toBe('connection');
    expect(proxy.tunnels).toHaveLength(1);
  });
});
