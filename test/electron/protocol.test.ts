import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createProtocolHandler, isDashboardUrl } from '../../main/electron/protocol.ts';
import { readStaticFiles } from '../../main/platform/static-files.ts';
import { tempDir } from '../support/temp-dir.ts';

function openHandler() {
  const dir = tempDir();
  mkdirSync(join(dir, 'renderer/assets'), { recursive: true });
  writeFileSync(join(dir, 'secret.html'), 'secret');
  writeFileSync(join(dir, 'renderer/index.html'), '<p>page');
  writeFileSync(join(dir, 'renderer/assets/main.js'), 'run()');
  return createProtocolHandler(readStaticFiles(join(dir, 'renderer')));
}

test('serves what was built, under a policy that lets nothing else in', async () => {
  const handle = openHandler();
  const page = handle(new Request('app://poptray/?x=1'));
  expect([page.status, await page.text()]).toEqual([200, '<p>page']);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
  const script = handle(new Request('app://poptray/assets/main.js'));
  expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  expect(script.headers.get('x-content-type-options')).toBe('nosniff');
});

test.each([
  'app://poptray/../secret.html',
  'app://poptray/%2e%2e/secret.html',
  'app://poptray/..%2fsecret.html',
  'app://poptray/assets/..%5c..%5csecret.html',
  'app://poptray/assets/',
  'app://poptray//etc/passwd',
  'app://poptray/%00',
  'app://elsewhere/index.html',
])('answers %s with nothing', (url) => {
  expect(openHandler()(new Request(url)).status).toBe(404);
});

test('takes no method but GET', () => {
  expect(openHandler()(new Request('app://poptray/', { method: 'POST', body: 'x' })).status).toBe(405);
});

test('says so where the dashboard was not built', async () => {
  const page = createProtocolHandler(new Map())(new Request('app://poptray/'));
  expect(await page.text()).toContain('npm run build');
});

test('knows its own pages from look-alikes', () => {
  expect(['app://poptray/', 'app://poptray/index.html#/pops'].every(isDashboardUrl)).toBe(true);
  const others = [
    'app://poptray.evil/',
    'app://x@poptray/',
    'https://poptray/',
    'app:poptray',
    'about:blank',
    '',
  ];
  expect(others.filter(isDashboardUrl)).toEqual([]);
});
