import { expect, test } from 'vitest';
import { createSystemProxy, proxyUrl } from '../../main/electron/system-proxy.ts';

test.each([
  ['DIRECT', undefined],
  ['PROXY proxy.corp:3128', 'http://proxy.corp:3128'],
  ['PROXY proxy.corp:3128; DIRECT', 'http://proxy.corp:3128'],
  ['HTTPS proxy.corp:443;PROXY other:1', 'https://proxy.corp:443'],
  ['SOCKS5 proxy.corp:1080; PROXY other:1', 'http://other:1'],
  ['DIRECT; PROXY proxy.corp:3128', undefined],
  ['SOCKS5 proxy.corp:1080', undefined],
  ['', undefined],
])('the rule "%s" means the proxy %s', (rule, url) => {
  expect(proxyUrl(rule)).toBe(url);
});

test('Chromium is asked for each origin', async () => {
  const asked: string[] = [];
  const proxyFor = createSystemProxy({
    async resolveProxy(url) {
      asked.push(url);
      return 'PROXY proxy.corp:3128';
    },
  });
  expect(await proxyFor('https://api.example')).toBe('http://proxy.corp:3128');
  expect(asked).toEqual(['https://api.example']);
});
