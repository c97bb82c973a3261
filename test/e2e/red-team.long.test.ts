/** What a red team did to version 0.1 as another user of the machine, done again to what is built. */
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { SESSION_HEADER } from '../../shared/session-secret.ts';
import { requestText } from '../endpoint/raw-connection.ts';
import { build, JSON_TYPE, startBuilt } from '../support/built-product.ts';
import { HAS_NO_CHROMIUM } from '../support/chromium-there.ts';
import { launchChromium } from '../support/launch-chromium.ts';
import { needs } from '../support/needs.ts';
import { becomeOtherUser, CAN_BE_ANOTHER_USER } from '../support/other-user.ts';
import { TOKEN } from '../support/test-app.ts';

const needsOtherUser = needs('to become another user: root on Linux', CAN_BE_ANOTHER_USER);

beforeAll(build, 120_000);

describe('another user of the machine', () => {
  test.skipIf(HAS_NO_CHROMIUM)('H01 with a web page’s help gets no dashboard', async (context) => {
    needsOtherUser(context);
    const { url, port, link, session } = await startBuilt();
    const thief = await becomeOtherUser();
    expect(await thief.uid()).not.toBe(process.getuid?.());
    const browser = await launchChromium();
    onTestFinished(() => browser.close());
    const page = await (await browser.newContext()).newPage();
    await page.goto(await link());
    await page.getByText('Simulator.').waitFor();

    const foreign = await page.context().newPage();
    await foreign.goto('data:text/html,a foreign page');
    await foreign.evaluate(`location = ${JSON.stringify(thief.url)}`);
    await foreign.waitForFunction('document.title === "done"');
    const cookie = (await thief.cookies()).find((pair) => pair.startsWith(`poptray_${port}=`)) ?? '';
    expect(cookie).not.toBe('');
    const [, value = ''] = cookie.split('=');
    const own = { ...JSON_TYPE, 'sec-fetch-site': 'same-origin', origin: url, cookie };
    for (const headers of [
      own,
      { ...own, [SESSION_HEADER]: value },
      { ...own, authorization: `Bearer ${value}` },
    ])
      for (const path of ['settingsGet', 'settingsSet', 'tokenCreate', 'export', 'events']) {
        const method = path === 'export' || path === 'events' ? 'GET' : 'POST';
        const call = { url: `${url}/ui/api/${path}`, method, headers };
        const { status, body } = await thief.call(method === 'GET' ? call : { ...call, body: '{}' });
        expect([401, 403], `${path}: ${body}`).toContain(status);
      }
    expect((await (await session()).call('tokenList', {})).value).toHaveLength(1);
  });

  test('M02 stops no pop with 1,050 pairings that are begun and never ended', async (context) => {
    needsOtherUser(context);
    const { port, pop, poptray, url } = await startBuilt();
    const thief = await becomeOtherUser();
    const headers = { authorization: undefined, 'content-length': '17' };
    const text = requestText(port, { path: '/pairings', headers, body: '' });
    await thief.hold({ port, text, count: 1050 });
    const statuses = [];
    for (let fired = 0; fired < 85; fired += 1) statuses.push(await pop());
    expect(statuses).toEqual(Array(85).fill(200));
    // Also while one is open, whose code may be in the body.
    await poptray('pair', 'crm', '--port', new URL(url).port);
    await thief.hold({ port, text, count: 1050 });
    for (let fired = 0; fired < 85; fired += 1) statuses.push(await pop());
    expect(statuses).toEqual(Array(170).fill(200));
  });

  test('M03 does not fill the disk with 20,000 requests that are refused', async (context) => {
    needsOtherUser(context);
    const { url, size, entries, pop } = await startBuilt();
    expect(await pop()).toBe(200);
    const thief = await becomeOtherUser();
    const before = size();
    const trigger = {
      url: `${url}/trigger-screenpop`,
      method: 'POST',
      headers: JSON_TYPE,
      body: '{"userId":"a"}',
    };
    const statuses = await thief.flood({ ...trigger, count: 20_000 });
    expect(Object.values(statuses).reduce((sum, count) => sum + count, 0)).toBe(20_000);
    for (const status of Object.keys(statuses)) expect(['401', '429']).toContain(status);
    expect(size() - before).toBeLessThan(64 * 1024);
    expect(entries().filter(({ type }) => type === 'refused').length).toBeLessThan(30);
    expect(await pop()).toBe(200);
  });

  test('M06 gets 404 for what the dashboard does not have, and fills no log with it', async (context) => {
    needsOtherUser(context);
    const { url, programLog, size } = await startBuilt();
    const thief = await becomeOtherUser();
    const [log, before] = [programLog(), size()];
    const headers = { ...JSON_TYPE, 'sec-fetch-site': 'same-origin' };
    const call = { url: `${url}/ui/api/${'x'.repeat(300)}`, method: 'POST', headers, body: '{}' };
    expect(await thief.flood({ ...call, count: 5000 })).toEqual({ 404: 5000 });
    expect(programLog()).toBe(log);
    expect(size() - before).toBeLessThan(64 * 1024);
  });

  test('W05 is refused what two servers could read differently', async (context) => {
    needsOtherUser(context);
    const { port } = await startBuilt();
    const thief = await becomeOtherUser();
    const twice = [
      { authorization: ['Bearer other', `Bearer ${TOKEN}`] },
      { authorization: [`Bearer ${TOKEN}`, `Bearer ${TOKEN}`] },
      { 'content-type': ['application/json', 'text/plain'] },
      { 'content-length': undefined, 'transfer-encoding': 'gzip, chunked' },
    ];
    for (const headers of twice) {
      const text = requestText(port, { headers, body: '{"userId":"a"}' });
      expect(await thief.send({ port, text }), JSON.stringify(headers)).toMatch(/^HTTP\/1\.1 400 /);
    }
  });

  test('W06 closes no pairing with wrong guesses, and none with the right one', async (context) => {
    needsOtherUser(context);
    const { url, poptray } = await startBuilt();
    const code = /\b\d{3} ?\d{3}\b/.exec(await poptray('pair', 'crm'))?.[0].replace(' ', '') ?? '';
    expect(code).toMatch(/^\d{6}$/);
    const thief = await becomeOtherUser();
    const guess = (text: string) => ({
      method: 'POST',
      headers: JSON_TYPE,
      body: JSON.stringify({ code: text }),
    });
    const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, '0');
    expect(await thief.flood({ url: `${url}/pairings`, ...guess(wrong), count: 60 })).toEqual({ 403: 60 });
    expect((await thief.call({ url: `${url}/pairings`, ...guess(code) })).status).toBe(403);
    expect((await fetch(`${url}/pairings`, guess(code))).status).toBe(200);
  });
});
