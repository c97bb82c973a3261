/** The one-time page over HTTP: who is given the page of a pop, and who is not. */
import { describe, expect, test } from 'vitest';
import { createFakeBrowser } from '../support/fake-browser.ts';
import { becomeOtherUser, CAN_BE_ANOTHER_USER } from '../support/other-user.ts';
import { startTestApp, USER } from '../support/test-app.ts';
import { call } from './raw-connection.ts';

const PAGE = 'https://crm.example/agent';
const TARGET = `${PAGE}#customerName=Ada%20Lovelace`;
/** As Chromium sends them when another program has it open a link. */
const BROWSER = { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };

async function popping({ totalDeadlineMs = 8000 } = {}) {
  const browser = createFakeBrowser();
  const app = await startTestApp({
    browser,
    settings: {
      destinations: [{ id: 'here', kind: 'workstation', open: 'browser' }],
      applications: [
        { id: 'crm', baseUri: PAGE, allowedOrigins: ['https://crm.example'], state: {}, mode: 'all' },
      ],
      totalDeadlineMs,
    },
  });
  const answer = app.post({
    userId: USER,
    idempotencyKey: 'key-1',
    customerData: { customerName: 'Ada Lovelace' },
  });
  const url = await browser.untilOpened(1);
  const { port } = app.endpoint;
  const path = new URL(url).pathname;
  const get = (headers: Record<string, string> = BROWSER, at = path) =>
    call(port, { method: 'GET', path: at, headers: { authorization: undefined, ...headers } });
  const report = (body: object, headers: Record<string, string> = {}) =>
    call(port, {
      path: `${path}/shown`,
      headers: { authorization: undefined, origin: app.url, 'sec-fetch-site': 'same-origin', ...headers },
      body: JSON.stringify(body),
    });
  /** Gets the page and reports as its script does. */
  async function show(isFocused = true) {
    return JSON.parse((await report({ secret: secretIn((await get()).body), isFocused })).body) as object;
  }
  return { app, browser, answer, url, get, report, show };
}

function secretIn(html: string): string {
  return /secret: '([\w-]{22})'/.exec(html)?.[1] ?? '';
}

test('L35 the browser is opened on an address that says nothing, and its page gets the target once it has reported', async () => {
  const { app, answer, url, get, show } = await popping();
  expect(url).toMatch(new RegExp(`^${app.url}/pop/[\\w-]{22}$`));
  const page = await get();
  const html = page.body;
  expect(html).not.toContain('crm.example');
  expect(html).not.toContain('Ada');
  expect(page.headers).toMatchObject({
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'unsafe-none',
    'x-content-type-options': 'nosniff',
    'content-security-policy': expect.stringMatching(
      /^default-src 'none'; script-src 'nonce-[\w+/=]{24}'; .*frame-ancestors 'none'$/,
    ),
  });
  // It reports before it is painted.
  expect(html).toMatch(/^<!doctype html>\n<html lang="en"><meta charset="utf-8"><script /);
  expect(html).toMatch(/<main role="status" hidden>/);
  expect(await show()).toEqual({ outcome: 'show', target: TARGET });
  const reply = await answer;
  expect(reply.status).toBe(200);
  expect(await reply.json()).toMatchObject({ status: 'delivered', windowFocused: true, duplicate: false });

  const { phases, latencyMs, ...entry } = app.entries().at(-1) ?? {};
  expect(entry).toMatchObject({
    status: 'delivered',
    focusTracked: true,
    attempts: 1,
    endpoint: '/pop/{id}',
  });
  expect(phases?.shown).toBeLessThanOrEqual(latencyMs ?? 0);
  const { queue = 0, token = 0, delivery = 0, shown = 0 } = phases ?? {};
  expect(queue + token + delivery).toBeCloseTo(latencyMs ?? 0, 2);
  expect(shown).toBeLessThanOrEqual(delivery);
  const id = url.slice(url.lastIndexOf('/') + 1);
  expect(JSON.stringify(app.entries())).not.toMatch(new RegExp(`Ada|${id}`));
});

describe('L35 nothing is given, and nothing used up, by', () => {
  test.each<[string, Record<string, string>, number]>([
    [
      'a page that fetches',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'empty' },
      403,
    ],
    [
      'a page of another port',
      { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
      403,
    ],
    [
      'an image',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
      403,
    ],
    ['a link on a page', { ...BROWSER, 'sec-fetch-site': 'cross-site' }, 403],
    ['a page of ours', { ...BROWSER, 'sec-fetch-site': 'same-origin' }, 404],
    ['a frame', { ...BROWSER, 'sec-fetch-dest': 'iframe' }, 404],
    ['an extension', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }, 404],
    ['what loads ahead', { ...BROWSER, 'sec-purpose': 'prefetch;prerender' }, 404],
  ])('%s', async (_what, headers, status) => {
    const { answer, get, show } = await popping();
    const refused = await get(headers);
    expect(refused.status).toBe(status);
    expect(secretIn(refused.body)).toBe('');
    expect(await show()).toMatchObject({ outcome: 'show' });
    expect((await answer).status).toBe(200);
  });

  test('a guess', async () => {
    const { answer, get, report, show } = await popping();
    const guessed = await get(BROWSER, '/pop/AAAAAAAAAAAAAAAAAAAAAA');
    expect(guessed.status).toBe(404);
    expect(guessed.body).toMatch(/came too late/);
    expect(JSON.parse((await report({ secret: 'AAAAAAAAAAAAAAAAAAAAAA', isFocused: true })).body)).toEqual({
      outcome: 'over',
    });
    expect((await report({ secret: 5, isFocused: true })).status).toBe(400);
    expect(await show()).toMatchObject({ outcome: 'show' });
    await answer;
  });

  test('a page that would report in its place', async () => {
    const { answer, get, report, show } = await popping();
    const secret = secretIn((await get()).body);
    const foreign = await report(
      { secret, isFocused: true },
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    );
    expect(foreign.status).toBe(403);
    expect(await show()).toMatchObject({ outcome: 'show' });
    await answer;
  });
});

test('an old browser that says nothing of itself is let through', async () => {
  const { answer, get, show } = await popping();
  expect(secretIn((await get({})).body)).not.toBe('');
  expect(await show(false)).toMatchObject({ outcome: 'show' });
  expect(await (await answer).json()).toMatchObject({ windowFocused: false });
});

test('L35 what was shown is shown nowhere else: not to a second tab, nor to who repeats the report', async () => {
  const { answer, get, report } = await popping();
  const [one, other] = await Promise.all([get(), get()]);
  const secret = secretIn(one.body);
  expect(JSON.parse((await report({ secret, isFocused: true })).body)).toMatchObject({ outcome: 'show' });
  const repeated = await report({ secret: secretIn(other.body), isFocused: true });
  expect(JSON.parse(repeated.body)).toEqual({ outcome: 'elsewhere' });
  const late = await get();
  expect(late.status).toBe(410);
  expect(late.body).toMatch(/shown in another tab/);
  await answer;
});

test('after the deadline there is nothing to be had, and the caller knows why', async () => {
  const { answer, get, report } = await popping({ totalDeadlineMs: 3000 });
  const secret = secretIn((await get()).body);
  const reply = await answer;
  expect(reply.status).toBe(502);
  expect(await reply.json()).toMatchObject({ code: 'not_shown', detail: expect.stringMatching(/scripts/) });
  expect((await get()).status).toBe(404);
  expect(JSON.parse((await report({ secret, isFocused: true })).body)).toEqual({ outcome: 'over' });
});

test.skipIf(!CAN_BE_ANOTHER_USER)(
  'L35 another user gets neither the page nor its target, uses nothing up, and leaves entries that are bounded',
  async () => {
    const { app, answer, url, get, show } = await popping();
    const other = await becomeOtherUser();
    for (let turn = 0; turn < 20; turn += 1) {
      const refused = await other.call({ url });
      expect([refused.status, JSON.parse(refused.body).code]).toEqual([404, 'not_found']);
    }
    const secret = secretIn((await get()).body);
    const stolen = await other.call({
      url: `${url}/shown`,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ secret, isFocused: true }),
    });
    expect([stolen.status, stolen.body]).toEqual([404, expect.not.stringContaining('crm.example')]);
    expect(await show()).toEqual({ outcome: 'show', target: TARGET });
    await answer;
    // Of what is over they hear the same, and the log what it has of anybody.
    expect((await other.call({ url })).status).toBe(404);
    await app.stop();
    const refusals = app.entries().filter(({ type }) => type === 'refused');
    expect(refusals.map(({ code, detail }) => [code, detail])).toEqual([
      ...Array(5).fill(['other_user', null]),
      ['not_found', null],
      ['other_user', '16 like this since the entry before'],
    ]);
  },
);
