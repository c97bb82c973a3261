/** The reader of examples/sealed-context in a real browser, opening what the pipeline has sealed. */
import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { decodeProtectedHeader } from 'jose';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applicationSchema } from '../../shared/application.ts';
import { HAS_NO_CHROMIUM } from '../support/chromium-there.ts';
import { launchChromium } from '../support/launch-chromium.ts';
import { serve } from '../support/servers.ts';
import { createWorld, type World } from './world.ts';

const FOLDER = join(import.meta.dirname, '../../examples/sealed-context');
const TOKEN = 'b8a1Zk3q0vXn5sLw7yTg2c';
const CRM = 'https://crm.example';
const DATA = { name: 'Ada Lovelace', note: 'a=b & ü\u{1f600}', empty: '' };

interface Reader {
  openContext(options: object): Promise<{ context: URLSearchParams; exp: number }>;
}

function sealingWorld(more: object = {}): World {
  const world = createWorld();
  const application = applicationSchema.parse({
    id: 'com.example.sealed',
    baseUri: `${CRM}/agent`,
    allowedOrigins: [CRM],
    context: 'sealed',
    ...more,
  });
  world.settings.config = { ...world.settings.config, applications: [application] };
  return world;
}

async function hashOf(world: World, sessionToken = TOKEN): Promise<string> {
  await world.pop({ sessionToken, call: { from: '+49301', direction: 'inbound' }, customerData: DATA });
  return new URL(world.sent().at(-1)?.uri ?? '').hash;
}

describe('a sealed context', () => {
  test('has the header of the contract, and neither token nor context in the URL', async () => {
    const hash = await hashOf(sealingWorld());
    expect(hash).toMatch(/^#context=[\w.-]+$/);
    expect(decodeProtectedHeader(hash.slice('#context='.length))).toEqual({
      alg: 'dir',
      enc: 'A256GCM',
      typ: 'poptray-context+1',
    });
    expect(hash).not.toContain(TOKEN);
  });

  test('keeps a route', async () => {
    expect(await hashOf(sealingWorld({ baseUri: `${CRM}/#/agent` }))).toMatch(/^#\/agent\?context=/);
  });

  test.each([undefined, '', 'a'.repeat(21)])(
    'is never sent in the clear instead: token %j',
    async (sessionToken) => {
      const world = sealingWorld();
      await expect(world.pop({ sessionToken, customerData: DATA })).rejects.toMatchObject({
        code: 'session_token_needed',
        details: { errors: [{ pointer: '/sessionToken' }] },
      });
      expect([world.http.calls, world.log.entries]).toEqual([[], []]);
    },
  );
});

test('the reader is small: at most 5 kB, gzipped', () => {
  const source = readFileSync(join(FOLDER, 'poptray-context.js'), 'utf8');
  expect(gzipSync(source).length).toBeLessThanOrEqual(5 * 1024);
  expect(source).not.toMatch(/^import /m);
});

describe.skipIf(HAS_NO_CHROMIUM)('the reader', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  async function openPage(hash = ''): Promise<Page> {
    const url = await serve(({ url = '/' }, response) => {
      const path = url === '/' ? '/index.html' : url;
      if (path === '/favicon.ico') return void response.writeHead(404).end();
      const type = extname(path) === '.js' ? 'text/javascript' : 'text/html';
      response.setHeader('content-type', type).end(readFileSync(join(FOLDER, path)));
    });
    const context = await browser.newContext();
    await context.addInitScript(`sessionStorage.setItem('session-token', '${TOKEN}')`);
    const page = await context.newPage();
    await page.goto(`${url}/${hash}`);
    await page.addScriptTag({
      type: 'module',
      content: "import { openContext } from '/poptray-context.js'; globalThis.openContext = openContext;",
    });
    await page.waitForFunction('globalThis.openContext');
    return page;
  }

  /** What opening comes to: the entries, or the code of the failure. */
  const open = (page: Page, options: object) =>
    page.evaluate(async (options) => {
      const { openContext } = globalThis as unknown as Reader;
      try {
        const opened = await openContext(options);
        return { ...opened, context: [...opened.context] };
      } catch (error) {
        return (error as { code: string }).code;
      }
    }, options);
  const usual = (hash: string, world: World) => ({
    application: 'com.example.sealed',
    sessionToken: TOKEN,
    hash,
    now: world.clock.now(),
    storage: null,
  });

  test('gets back what was handed over, in its order', async () => {
    const world = sealingWorld();
    const hash = await hashOf(world);
    const opened = await open(await openPage(), usual(hash, world));
    const iat = Math.floor(
      world.log.entries[0]?.timestamp ? Date.parse(world.log.entries[0].timestamp) / 1000 : 0,
    );
    expect(opened).toEqual({
      iat,
      exp: iat + 300,
      popId: world.log.entries[0]?.popId,
      application: 'com.example.sealed',
      context: [
        ['call.from', '+49301'],
        ['call.fromRaw', '+49301'],
        ['call.direction', 'inbound'],
        ['call.remote', '+49301'],
        ['call.digits', '49301'],
        ...Object.entries(DATA),
      ],
    });
  });

  test('opens nothing with another token, for another application, after its time, or in another form', async () => {
    const world = sealingWorld({ contextLifetimeMs: 10_000 });
    const hash = await hashOf(world);
    const page = await openPage();
    const options = usual(hash, world);
    const end = (await open(page, options)) as { exp: number };
    expect(await open(page, { ...options, sessionToken: `${TOKEN.slice(0, -1)}d` })).toBe('wrong-token');
    expect(await open(page, { ...options, application: 'com.example.other' })).toBe('wrong-token');
    expect(await open(page, { ...options, now: (end.exp + 60) * 1000 })).toMatchObject({ exp: end.exp });
    expect(await open(page, { ...options, now: (end.exp + 61) * 1000 })).toBe('expired');
    expect(await open(page, { ...options, hash: '#name=Ada' })).toBe('missing');
    expect(await open(page, { ...options, hash: '#context=a.b' })).toBe('malformed');
    const header = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const rest = hash.slice(hash.indexOf('.'));
    for (const other of [{ alg: 'none' }, { enc: 'A128GCM' }, { typ: 'JWT' }, { zip: 'DEF' }]) {
      const changed = { alg: 'dir', enc: 'A256GCM', typ: 'poptray-context+1', ...other };
      expect(await open(page, { ...options, hash: `#context=${header(changed)}${rest}` })).toBe(
        'unsupported',
      );
    }
  });

  test('opens nothing when one character differs, whichever it is', async () => {
    const world = sealingWorld();
    const hash = await hashOf(world);
    const page = await openPage();
    const opened = await page.evaluate(
      async ({ options, from }) => {
        const { openContext } = globalThis as unknown as Reader;
        const places: number[] = [];
        for (let at = from; at < options.hash.length; at += 1) {
          const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';
          const next = alphabet[(alphabet.indexOf(options.hash[at] ?? '') + 1) % alphabet.length];
          const hash = options.hash.slice(0, at) + next + options.hash.slice(at + 1);
          const isOpen = await openContext({ ...options, hash }).then(
            () => true,
            () => false,
          );
          if (isOpen) places.push(at);
        }
        return places;
      },
      { options: usual(hash, world), from: '#context='.length },
    );
    expect(opened).toEqual([]);
  });

  test('shows the example page, and again after a reload when the time is over', async () => {
    const world = sealingWorld();
    const page = await openPage(await hashOf(world));
    await page.clock.install({ time: world.clock.now() });
    await page.reload();
    await page.getByText('Opened with this session.').waitFor();
    await page.getByText('Ada Lovelace').waitFor();
    await page.clock.setFixedTime(world.clock.now() + 3_600_000);
    await page.reload();
    await page.getByText('Opened with this session.').waitFor();
    await page.evaluate('sessionStorage.clear()');
    await page.evaluate(`sessionStorage.setItem('session-token', '${TOKEN}')`);
    await page.reload();
    await page.getByText('(expired)').waitFor();
  });
});
