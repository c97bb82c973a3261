/** What a red team did to version 0.1 without being another user, done again to what is built: the dashboard, files, replies. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { connect, requestText } from '../endpoint/raw-connection.ts';
import { build, JSON_TYPE, newDataDir, startBuilt } from '../support/built-product.ts';
import { run } from '../support/headless.ts';
import { serve } from '../support/servers.ts';
import { reply, startStubDestination } from '../support/stub-destination.ts';
import { tempDir } from '../support/temp-dir.ts';
import { USER } from '../support/test-app.ts';

const MIB = 1024 * 1024;

beforeAll(build, 120_000);

test('H01 an extension’s request is refused, with the session’s cookie and secret in its hands', async () => {
  const { url, session } = await startBuilt();
  const { headers } = await session();
  for (const site of ['none', 'cross-site', 'same-site'])
    for (const path of ['export', 'events']) {
      const { status } = await fetch(`${url}/ui/api/${path}`, {
        headers: { ...headers, 'sec-fetch-site': site },
      });
      expect(status, `${path}, ${site}`).toBe(403);
    }
  expect((await fetch(`${url}/ui/api/export`, { headers })).status).toBe(200);
});

test('H02 the dashboard’s operations aim no stored secret elsewhere, and no update feed', async () => {
  const [ours, thiefs] = await Promise.all([startStubDestination(), startStubDestination()]);
  const { session, post } = await startBuilt();
  const { call } = await session();
  const aim = async (baseUrl: string, secrets: object[] = []) => {
    const { settings } = (await call('settingsGet', {})).value as { settings: object };
    const destination = { id: 'genesys', kind: 'genesys-screenpops', baseUrl, clientId: 'client', scope: '' };
    return call('settingsSet', { settings: { ...settings, destinations: [destination] }, secrets });
  };
  const secrets = ['destination:genesys:client-secret', 'destination:genesys:signing-secret'].map((name) => ({
    name,
    value: `MARKED-${name}`,
  }));
  await aim(ours.url, secrets);
  const shown = (await (await post({ userId: USER })).json()) as { popId: string };
  expect(ours.pops).toHaveLength(1);

  expect(await aim(thiefs.url)).toMatchObject({ ok: true });
  expect(await call('popSendAgain', { popId: shown.popId, asNew: true })).toMatchObject({
    ok: true,
    value: { code: 'not_configured' },
  });
  expect((await post({ userId: USER, customerData: { name: 'MARKED-CUSTOMER' } })).status).not.toBe(200);
  expect([thiefs.pops, thiefs.tokenCalls]).toEqual([[], []]);
  const { settings } = (await call('settingsGet', {})).value as { settings: object };
  expect(await call('settingsSet', { settings: { ...settings, updateFeed: thiefs.url } })).toMatchObject({
    value: { errors: [{ pointer: '/updateFeed' }] },
  });
});

test('M05 a token reply of 200 MiB in a few hundred bytes of brotli is not unpacked', async () => {
  const text = Buffer.alloc(200 * MIB, ' ');
  const bomb = brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
  const asked: unknown[] = [];
  const destination = await serve(({ headers }, response) => {
    asked.push(headers['accept-encoding']);
    response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'br' }).end(bomb);
  });
  const { pop, memory } = await startBuilt({
    env: {
      GENESYS_BASE_URL: destination,
      GENESYS_CLIENT_ID: 'client',
      GENESYS_CLIENT_SECRET: 'secret',
      SIGNING_SECRET: 'secret',
    },
  });
  const before = memory();
  expect(await pop()).toBeGreaterThanOrEqual(500);
  expect(memory() - before).toBeLessThan(100 * MIB);
  expect(new Set(asked)).toEqual(new Set(['identity']));
});

test.skipIf(process.platform === 'win32')(
  'W04 a pipe in the place of a certificate holds no start up',
  async () => {
    const path = join(tempDir(), 'pipe');
    expect(spawnSync('mkfifo', ['-m', '600', path]).status).toBe(0);
    const receiver = { id: 'siem', kind: 'syslog', host: '127.0.0.1', port: 1 };
    for (const caFile of [path, '/dev/zero']) {
      const { pop, memory } = await startBuilt({ settings: { shipping: [{ ...receiver, caFile }] } });
      expect(await pop()).toBe(200);
      expect(memory()).toBeLessThan(400 * MIB);
    }
  },
);

test('W07 no one-time link gets into a journal', async () => {
  const { output, kill, ended, link } = await startBuilt();
  expect(await link()).toMatch(/\/ui\/open\?code=/);
  kill('SIGTERM');
  expect(await ended).toBe(0);
  expect(output()).toContain('For a link to the dashboard');
  expect(output()).not.toContain('/ui/open');
});

test('M07 a caller that closes its side once its trigger is sent is answered, five times of five', async () => {
  const { port, entries } = await startBuilt();
  for (let pop = 0; pop < 5; pop += 1) {
    const caller = await connect(port);
    caller.socket.end(requestText(port, { body: JSON.stringify({ userId: USER }) }));
    expect((await caller.reply()).status).toBe(200);
  }
  expect(entries().filter(({ status }) => status === 'delivered')).toHaveLength(5);
});

test.skipIf(process.platform !== 'linux')(
  'W01 streams of events that nobody reads are dropped, and cost no memory',
  async () => {
    // Each event of a pop has the page in it: kilobytes.
    const page = `https://crm.example/${'x'.repeat(1900)}`;
    const { port, session, pop, memory, sockets } = await startBuilt({
      env: { POPTRAY_APPLICATION_ID: 'crm', POPTRAY_TARGET_URI: page },
    });
    const { headers } = await session();
    const text = requestText(port, {
      method: 'GET',
      path: '/ui/api/events',
      headers: { ...headers, authorization: undefined },
    });
    const popsAtOnce = () => Promise.all(Array.from({ length: 20 }, pop));
    // Callers' and the destination's connections stay open; they are not what is counted.
    for (let round = 0; round < 5; round += 1) await popsAtOnce();
    const none = sockets();
    for (let opened = 0; opened < 300; opened += 1) {
      const { socket, send } = await connect(port);
      socket.pause();
      send(text);
    }
    await expect.poll(sockets).toBeGreaterThanOrEqual(none + 300);
    const before = memory();
    let most = before;
    for (let round = 0; round < 400 && sockets() > none + 20; round += 1) {
      await popsAtOnce();
      most = Math.max(most, memory());
    }
    expect(sockets()).toBeLessThanOrEqual(none + 20);
    expect(most - before).toBeLessThan(450 * MIB);
  },
);

test('W08 a filter of an export that is none is 400, with the pointers', async () => {
  const { url, session, programLog } = await startBuilt();
  const { headers } = await session();
  const log = programLog();
  for (const filter of ['{"types":5}', '{"types":["none"]}', '{"x":1}', '[]', 'null', '{']) {
    const path = `/ui/api/export?filter=${encodeURIComponent(filter)}`;
    const answer = await fetch(url + path, { headers });
    expect(answer.status, filter).toBe(400);
    expect(await answer.json(), filter).toMatchObject({ code: 'invalid_trigger', errors: expect.any(Array) });
  }
  expect(programLog()).toBe(log);
});

test.skipIf(process.platform === 'win32').each(['audit', 'logs', 'logs/poptray.log'])(
  'W09 a link in the place of %s keeps poptray from starting, and nothing is written where it leads',
  async (name) => {
    const dataDir = newDataDir();
    const elsewhere = join(tempDir(), 'elsewhere');
    if (name.includes('/')) {
      mkdirSync(join(dataDir, 'logs'), { mode: 0o700 });
      writeFileSync(elsewhere, 'theirs');
    } else mkdirSync(elsewhere, { mode: 0o700 });
    symlinkSync(elsewhere, join(dataDir, name));
    for (const entry of ['headless.ts', 'cli.ts'] as const) {
      const args = entry === 'cli.ts' ? ['token', 'create', 'crm'] : ['--port', '0'];
      const started = run(entry, args, { dataDir, isBuilt: true });
      expect(await started.ended, started.output()).toBe(78);
      expect(started.output()).toContain('is a symbolic link');
    }
    // It is left empty, or as it was.
    if (name.includes('/')) expect(readFileSync(elsewhere, 'utf8')).toBe('theirs');
    else expect(readdirSync(elsewhere)).toEqual([]);
  },
);

test('W10 the dashboard is alone in its group of windows, and nothing of it is for other pages', async () => {
  const { url, link } = await startBuilt();
  const page = await (await fetch(`${url}/ui/`)).text();
  const parts = [...page.matchAll(/(?:src|href)="\.?\/?([^"]+)"/g)].map(([, path]) => `/ui/${path}`);
  expect(parts.length).toBeGreaterThan(1);
  const opening = new URL(await link());
  for (const path of ['/ui/', ...parts, opening.pathname + opening.search, '/ui/none', '/healthz']) {
    const { headers } = await fetch(url + path, { redirect: 'manual' });
    expect(headers.get('cross-origin-opener-policy'), path).toBe('same-origin');
    expect(headers.get('cross-origin-resource-policy'), path).toBe('same-origin');
  }
});

test('W11 a 409 that is no repeat is a refusal, which showed nothing', async () => {
  const destination = await startStubDestination();
  destination.onPop(reply(409, { code: 'conflict.user.offline', message: 'the user is away' }));
  const { post, entries } = await startBuilt({
    env: {
      GENESYS_BASE_URL: destination.url,
      GENESYS_CLIENT_ID: 'client',
      GENESYS_CLIENT_SECRET: 'secret',
      SIGNING_SECRET: 'secret',
    },
  });
  expect((await post({ userId: USER, idempotencyKey: 'new' })).status).toBeGreaterThanOrEqual(400);
  expect(destination.pops).toHaveLength(1);
  expect(entries().filter(({ status }) => status === 'delivered')).toEqual([]);
});

test('W13 what is built brings the licences of what is in it', async () => {
  const text = readFileSync(join(import.meta.dirname, '../../dist/THIRD-PARTY-LICENSES.txt'), 'utf8');
  for (const name of ['fastify', 'preact', 'zod', 'undici', 'keytar']) expect(text).toContain(name);
});
