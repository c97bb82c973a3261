import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createLocalTokens } from '../../main/endpoint/local-tokens.ts';
import { createPairing } from '../../main/endpoint/pairing.ts';
import { createSystemClock } from '../../main/platform/clock.ts';
import { privateFileAt } from '../../main/platform/private-file.ts';
import { HAS_NO_CHROMIUM } from '../support/chromium-there.ts';
import { launchChromium } from '../support/launch-chromium.ts';
import { serve } from '../support/servers.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN } from '../support/test-app.ts';
import { startBareEndpoint } from './bare-endpoint.ts';

vi.setConfig({ testTimeout: 30_000 });

const PAGE = '<!doctype html><title>a page</title><body></body>';

/** In the page: what became of a fetch. */
const FETCH = `async (url, options) => {
  try {
    const response = await fetch(url, options);
    return [response.type, response.status, await response.text()];
  } catch (error) {
    return ['failed', 0, error.name];
  }
}`;

describe.skipIf(HAS_NO_CHROMIUM)('a page in a real browser', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchChromium([
      // The names of an attacker, which point at this machine.
      '--host-resolver-rules=MAP *.test 127.0.0.1',
      // Newer browsers would ask the person first; poptray does not count on that.
      '--disable-features=LocalNetworkAccessChecks',
    ]);
  }, 60_000);
  afterAll(() => browser?.close());

  async function setUp() {
    let pops = 0;
    const clock = createSystemClock();
    const file = privateFileAt(`${tempDir()}/tokens.json`);
    const tokens = createLocalTokens({ file, envToken: TOKEN, clock });
    const pairing = createPairing(tokens, clock, () => {});
    const endpoint = await startBareEndpoint({
      pairing,
      identify: (token) => tokens.identify(token),
      isPaired: (origin) => tokens.isPaired(origin),
      handle: async () => {
        pops += 1;
        return { body: '{"popped":true}', replayed: false };
      },
    });
    const codes = () => endpoint.recorded.map(({ code }) => code);
    return { ...endpoint, pairing, tokens, codes, pops: () => pops };
  }

  /** A page of the attacker's server under another name; the server is not poptray. */
  async function openPage(name: string): Promise<Page> {
    const { port } = new URL(
      await serve((_request, response) => response.setHeader('content-type', 'text/html').end(PAGE)),
    );
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(`http://${name}:${port}/`);
    return page;
  }

  const fetchIn = (page: Page, url: string, options: object) =>
    page.evaluate<[type: string, status: number, body: string]>(
      `(${FETCH})(${JSON.stringify(url)}, ${JSON.stringify(options)})`,
    );
  const json = { 'content-type': 'application/json' };
  const body = '{"userId":"a"}';

  test('L01 L02 L03 whose name was bound to this machine gets 421, though to its browser it is the same origin', async () => {
    const { port, codes, pops } = await setUp();
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const url = `http://evil.test:${port}/`;
    // As it came from the attacker's server, before the name changed its address.
    await page.route(url, (route) => route.fulfill({ contentType: 'text/html', body: PAGE }));
    await page.goto(url);
    const authorization = `Bearer ${TOKEN}`;
    const replies = [
      await fetchIn(page, '/healthz', {}),
      await fetchIn(page, '/ui/', {}),
      await fetchIn(page, '/trigger-screenpop', { method: 'POST', headers: json, body }),
      await fetchIn(page, '/trigger-screenpop', {
        method: 'POST',
        headers: { ...json, authorization },
        body,
      }),
    ];
    expect(replies.map(([type, status]) => [type, status])).toEqual(Array(4).fill(['basic', 421]));
    // Some twice: a browser takes a 421 for a reason to connect anew.
    expect(codes().length).toBeGreaterThanOrEqual(4);
    expect(new Set(codes())).toEqual(new Set(['misdirected']));
    await fetchIn(page, `http://0.0.0.0:${port}/trigger-screenpop`, {
      method: 'POST',
      mode: 'no-cors',
      body,
    });
    await fetchIn(page, `http://0.0.0.0:${port}/healthz`, { mode: 'no-cors' });
    // Whether the browser still lets them out or not.
    expect(new Set(codes())).toEqual(new Set(['misdirected']));
    expect(pops()).toBe(0);
  });

  test('L06 L08 L10 L11 gets nothing by any fetch, and its browser is never told that it may', async () => {
    const { addresses, codes, pops } = await setUp();
    const page = await openPage('evil.test');
    const url = `${addresses[0]}/trigger-screenpop`;
    const headers = { ...json, authorization: `Bearer ${TOKEN}` };
    // The resource policy keeps even an opaque answer from it.
    expect(await fetchIn(page, url, { method: 'POST', mode: 'no-cors', body })).toEqual([
      'failed',
      0,
      'TypeError',
    ]);
    expect(await fetchIn(page, url, { mode: 'no-cors' })).toEqual(['failed', 0, 'TypeError']);
    expect(await fetchIn(page, url, { method: 'POST', body })).toEqual(['failed', 0, 'TypeError']);
    expect(await fetchIn(page, url, { method: 'POST', headers, body })).toEqual(['failed', 0, 'TypeError']);
    expect(await fetchIn(page, `${addresses[0]}/healthz`, {})).toEqual(['failed', 0, 'TypeError']);
    expect(codes()).toEqual(Array(5).fill('forbidden_origin'));
    expect(pops()).toBe(0);
  });

  test('L07 L08 L09 L12 gets nothing by a form, an image, a frame without origin or a WebSocket', async () => {
    const { port, codes, pops } = await setUp();
    const page = await openPage('evil.test');
    const url = `http://127.0.0.1:${port}/trigger-screenpop`;
    await page.evaluate(`new Promise((resolve) => {
      const image = new Image();
      image.onerror = resolve;
      image.src = ${JSON.stringify(url)};
    })`);
    expect(codes()).toEqual(['forbidden_origin']);
    await page.evaluate(`new Promise((resolve) => {
      addEventListener('message', resolve);
      const frame = document.createElement('iframe');
      frame.sandbox = 'allow-scripts';
      frame.srcdoc = '<script>fetch(${JSON.stringify(url)}, { method: "POST", mode: "no-cors" })' +
        '.finally(() => parent.postMessage(1, "*"))</' + 'script>';
      document.body.append(frame);
    })`);
    expect(codes()).toEqual(['forbidden_origin', 'forbidden_origin']);
    await page.evaluate(`new Promise((resolve) => {
      const socket = new WebSocket('ws://127.0.0.1:${port}/trigger-screenpop');
      socket.onopen = socket.onerror = resolve;
    })`);
    expect(codes()).toEqual(['forbidden_origin', 'forbidden_origin', 'bad_request']);
    await page.evaluate(`{
      document.body.innerHTML = '<form method="post" enctype="text/plain" action="${url}"><input name="{&quot;userId&quot;:&quot;a&quot;}"></form>';
      document.forms[0].submit();
    }`);
    await page.getByText('forbidden_origin').waitFor();
    expect(codes()).toEqual(['forbidden_origin', 'forbidden_origin', 'bad_request', 'forbidden_origin']);
    expect(pops()).toBe(0);
  });

  test('L16 gets a token with the code that the person typed, and then may fire pops', async () => {
    const { addresses, pairing, tokens, pops } = await setUp();
    const page = await openPage('localhost');
    const post = (path: string, sent: object, headers = {}) =>
      fetchIn(page, `${addresses[0]}${path}`, {
        method: 'POST',
        headers: { ...json, ...headers },
        body: JSON.stringify(sent),
      });
    expect(await post('/pairings', { code: '123456' })).toEqual(['failed', 0, 'TypeError']);
    const { code } = pairing.open('crm');
    const [type, status, answer] = await post('/pairings', { code });
    expect([type, status]).toEqual(['cors', 200]);
    const { token } = JSON.parse(answer);
    const authorization = { authorization: `Bearer ${token}` };
    const fire = () => post('/trigger-screenpop', { userId: 'a' }, authorization);
    expect(await fire()).toEqual(['cors', 200, '{"popped":true}']);
    expect((await post('/ui/links', {}, authorization))[1]).toBe(403);
    const other = await openPage('localhost');
    expect(await fetchIn(other, `${addresses[0]}/healthz`, {})).toEqual(['failed', 0, 'TypeError']);
    tokens.revoke('crm');
    expect(await fire()).toEqual(['failed', 0, 'TypeError']);
    expect(pops()).toBe(1);
  });
});
