import { expect, test } from 'vitest';
import { proxyUrl, trustSystemCertificates, withSystemProxy } from '../../main/electron/outgoing.ts';
import { createFakeClock } from '../support/fake-clock.ts';

test.each([
  ['DIRECT', undefined],
  ['PROXY proxy.corp:3128', 'http://proxy.corp:3128'],
  ['PROXY proxy.corp:3128; DIRECT', 'http://proxy.corp:3128'],
  ['HTTPS proxy.corp:443;PROXY other:1', 'https://proxy.corp:443'],
  ['SOCKS5 proxy.corp:1080', undefined],
  ['', undefined],
])('the rule "%s" means the proxy %s', (rule, url) => {
  expect(proxyUrl(rule)).toBe(url);
});

test('the system’s proxy counts where the environment names none', async () => {
  const session = { resolveProxy: async () => 'PROXY proxy.corp:3128' };
  const clock = createFakeClock();
  const url = 'https://api.example';
  expect(await withSystemProxy({}, url, session, clock)).toEqual({ HTTPS_PROXY: 'http://proxy.corp:3128' });
  const set = { HTTPS_PROXY: 'http://mine:1' };
  expect(await withSystemProxy(set, url, session, clock)).toBe(set);
});

test('a proxy script that cannot be had does not hold up the start', async () => {
  const clock = createFakeClock();
  const session = { resolveProxy: () => new Promise<string>(() => {}) };
  const env = withSystemProxy({}, 'https://api.example', session, clock);
  await clock.advance(2000);
  expect(await env).toEqual({ HTTPS_PROXY: undefined });
});

test('the system’s certificates are trusted beside Node’s own, each once', () => {
  const stores: Record<string, string[]> = { default: ['a', 'b'], system: ['b', 'c'] };
  let trusted: unknown;
  trustSystemCertificates({
    getCACertificates: (type = 'default') => stores[type] ?? [],
    setDefaultCACertificates: (certificates) => {
      trusted = certificates;
    },
  });
  expect(trusted).toEqual(['a', 'b', 'c']);
});
