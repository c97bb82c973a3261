/** What is beside the pop may be in any trouble: poptray starts, the pop is delivered, and all who ask hear since when, which and why. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import type { ApiResponse } from '../../shared/api.ts';
import type { ShownTrouble } from '../../shared/trouble.ts';
import { type Headless, poptray, startHeadless } from '../cli/run.ts';
import { makeCertificates } from '../support/certificates.ts';
import { startOtlpReceiver } from '../support/otlp-receiver.ts';
import { startReceiver, status, verified } from '../support/receiver.ts';
import { nobody, serve } from '../support/servers.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN, USER } from '../support/test-app.ts';
import { WEBHOOK_SECRET } from '../support/webhook-service.ts';

// Each row starts poptray and asks it with half a dozen programs.
vi.setConfig({ testTimeout: 180_000 });

interface World {
  readonly settings: object;
  readonly env?: Readonly<Record<string, string>>;
  /** Secrets that are kept before the start. */
  readonly secrets?: Readonly<Record<string, string>>;
}

const SIGNED = { POPTRAY_TOKEN: TOKEN, PRODUCTIVITY_WEBHOOK_SECRET: WEBHOOK_SECRET };
const webhook = (url: string, more: object = {}) => ({ webhooks: [{ id: 'productivity', url, ...more }] });

function writeSettings(dataDir: string, settings: object): void {
  writeFileSync(join(dataDir, 'settings.json'), JSON.stringify(settings), { mode: 0o600 });
}

async function open({ settings, env = {}, secrets = {} }: World): Promise<Headless> {
  const dataDir = tempDir();
  writeSettings(dataDir, settings);
  for (const [name, input] of Object.entries(secrets))
    expect(await poptray(['secret', 'set', name], { dataDir, input })).toMatchObject({ code: 0 });
  return startHeadless({ dataDir, env: { POPTRAY_TOKEN: TOKEN, ...env } });
}

const statusOf = async (headless: Headless) =>
  JSON.parse((await headless.poptray('status', '--json')).stdout) as ApiResponse<'status'>;

async function troubleOf(headless: Headless, name: string): Promise<ShownTrouble> {
  const find = async () => (await statusOf(headless)).troubles.find((trouble) => trouble.name === name);
  await expect.poll(find, { timeout: 30_000, interval: 200 }).toBeDefined();
  return (await find()) as ShownTrouble;
}

const popWith = (headless: Headless) => headless.poptray('trigger', '--user', USER, '--json');

/** What each of those who ask is told. */
async function expectTold(headless: Headless, { part, name, code, why, since }: ShownTrouble): Promise<void> {
  const line = `${part} ${name}: in trouble since ${since}: ${why}`;
  expect((await headless.poptray('status')).stdout).toContain(line);
  const doctor = await headless.poptray('doctor');
  expect(doctor.code).toBe(1);
  expect(doctor.stdout).toMatch(/^FAULT {2}(webhooks|shipping|beside the pops|pages): /m);
  expect(doctor.stdout).toContain(why);
  const headers = { authorization: `Bearer ${TOKEN}` };
  const figures = await (await fetch(`http://127.0.0.1:${headless.port}/metrics`, { headers })).text();
  const labels = `part="${part}",name="${name}",code="${code}"`;
  expect(figures).toContain(`poptray_trouble_since_timestamp_seconds{${labels}} ${Date.parse(since) / 1000}`);
  const log = readFileSync(join(headless.dataDir, 'logs/poptray.log'), 'utf8');
  expect(log).toContain(`in trouble what="${part} ${name}" since="${since}" code="${code}"`);
  if (part === 'webhook') expect((await headless.poptray('webhooks', 'list')).stderr).toContain(line);
}

const clockBehind = (minutes: number) =>
  serve((request, response) => {
    request.resume();
    response.writeHead(401, { date: new Date(Date.now() + minutes * 60_000).toUTCString() }).end();
  });

const insideWorld = async () => {
  const { authority, remote } = makeCertificates();
  const receiver = await startReceiver(remote);
  const url = receiver.url.replace('127.0.0.1', 'hooks.pops.test');
  const caFile = join(tempDir(), 'authority.pem');
  writeFileSync(caFile, authority.cert);
  const preload = pathToFileURL(join(import.meta.dirname, '../support/name-server.mjs')).href;
  const env = {
    ...SIGNED,
    NODE_EXTRA_CA_CERTS: caFile,
    NODE_OPTIONS: `--import=${preload}`,
    NAMES: JSON.stringify({ 'hooks.pops.test': '127.0.0.1' }),
  };
  return { receiver, url, env };
};

const TROUBLES: Readonly<
  Record<string, { code: string; why: RegExp; name?: string; make(): Promise<World> }>
> = {
  'a webhook without a secret': {
    code: 'no_secret',
    why: /no secret to sign with.*set PRODUCTIVITY_WEBHOOK_SECRET or run "poptray secret set webhook-secret:productivity"/,
    make: async () => ({ settings: webhook((await startReceiver()).url) }),
  },
  'a webhook whose secret is none': {
    code: 'unfit_secret',
    why: /has a secret that is none.*"whsec_" and 24 to 64 bytes in base64/,
    make: async () => ({
      settings: webhook((await startReceiver()).url),
      env: { PRODUCTIVITY_WEBHOOK_SECRET: 'whsec_mark' },
    }),
  },
  'a receiver that is down': {
    code: 'refused',
    why: /Nothing takes connections at 127\.0\.0\.1:\d+: it was refused\. Check the port/,
    make: async () => ({ settings: webhook(await nobody()), env: SIGNED }),
  },
  'a receiver that refuses': {
    code: 'http_503',
    why: /answered 503/,
    async make() {
      const receiver = await startReceiver();
      receiver.answer = status(503);
      return { settings: webhook(receiver.url), env: SIGNED };
    },
  },
  'a receiver that is gone': {
    code: 'gone',
    why: /gone for good/,
    async make() {
      const receiver = await startReceiver();
      receiver.answer = status(410);
      return { settings: webhook(receiver.url), env: SIGNED };
    },
  },
  'a receiver with a certificate that nobody trusts': {
    code: 'certificate_self_signed',
    why: /127\.0\.0\.1:\d+ has issued its certificate to itself/,
    async make() {
      const { 'self-signed': certificate } = makeCertificates();
      return { settings: webhook(await serve((_, response) => response.end(), certificate)), env: SIGNED };
    },
  },
  'a receiver whose time is another than ours': {
    code: 'clock_off',
    why: /The clock of this machine is wrong: it is 7 minutes behind that of the receiver, which refuses the signatures/,
    make: async () => ({ settings: webhook(await clockBehind(7)), env: SIGNED }),
  },
  'a receiver inside of the network': {
    code: 'address_blocked',
    why: /hooks\.pops\.test:\d+ is inside a network.*"allow" of that webhook/,
    async make() {
      const { url, env } = await insideWorld();
      return { settings: webhook(url), env };
    },
  },
  'a receiver of the log by OTLP that is down': {
    code: 'refused',
    name: 'collector/logs',
    why: /Nothing takes connections at 127\.0\.0\.1:\d+/,
    make: async () => ({
      settings: { shipping: [{ id: 'collector', kind: 'otlp', url: await nobody(), signals: ['logs'] }] },
    }),
  },
  'a receiver of the log by OTLP without its secret': {
    code: 'no_secret',
    name: 'collector/logs',
    why: /docs\/shipping.md/,
    async make() {
      const { url } = await startOtlpReceiver();
      return {
        settings: {
          shipping: [{ id: 'collector', kind: 'otlp', url, signals: ['logs'], secretHeader: 'x-api-key' }],
        },
      };
    },
  },
  'a receiver of the log by syslog whose file of authorities is not there': {
    code: 'ENOENT caFile',
    name: 'siem',
    why: /docs\/shipping.md/,
    make: async () => ({
      settings: {
        shipping: [{ id: 'siem', kind: 'syslog', host: '127.0.0.1', port: 1, caFile: '/nowhere/ca.pem' }],
      },
    }),
  },
  'a page that cannot be looked at': {
    code: 'unreachable',
    name: 'crm',
    why: /cannot be (read|reached)/,
    async make() {
      const page = (await nobody()).replace('http:', 'https:');
      const application = { id: 'crm', baseUri: page, allowedOrigins: [page], framing: { mode: 'warn' } };
      return { settings: { applications: [application] } };
    },
  },
};

describe('O04 O07 the pop is delivered, and all who ask hear which, since when and why', () => {
  test.each(Object.entries(TROUBLES))('%s', async (_, { code, why, name = 'productivity', make }) => {
    const headless = await open(await make());
    const pop = await popWith(headless);
    expect([pop.code, JSON.parse(pop.stdout)]).toEqual([0, expect.objectContaining({ status: 'delivered' })]);
    const trouble = await troubleOf(headless, name);
    expect(trouble).toMatchObject({ code, why: expect.stringMatching(why) });
    await expectTold(headless, trouble);
    expect((await popWith(headless)).code).toBe(0);
  });
});

const failures = async (headless: Headless) =>
  JSON.parse((await headless.poptray('webhooks', 'list', '--json')).stdout) as { failure: string }[];
const isWell = (headless: Headless) =>
  expect
    .poll(async () => (await statusOf(headless)).troubles, { timeout: 30_000, interval: 200 })
    .toEqual([]);

describe('O04 a webhook whose secret is for another address', () => {
  test('keeps neither the start nor a pop, is said with both addresses, and its messages go out once it is entered', async () => {
    const [ours, theirs] = await Promise.all([startReceiver(), startReceiver()]);
    const headless = await open({
      settings: webhook(ours.url),
      secrets: { 'webhook-secret:productivity': WEBHOOK_SECRET },
    });
    await popWith(headless);
    await ours.got(1);
    headless.child.kill('SIGTERM');
    await headless.ended;

    const { dataDir } = headless;
    writeSettings(dataDir, webhook(theirs.url));
    const moved = await startHeadless({ dataDir, env: { POPTRAY_TOKEN: TOKEN } });
    expect((await popWith(moved)).code).toBe(0);
    const trouble = await troubleOf(moved, 'productivity');
    expect(trouble).toMatchObject({ code: 'secret_elsewhere', waiting: 1 });
    expect(trouble.why).toContain(`was entered for ${ours.url} and is not used for ${theirs.url}`);
    await expectTold(moved, trouble);

    // A restart knows since when.
    moved.child.kill('SIGTERM');
    await moved.ended;
    expect((await poptray(['doctor'], { dataDir })).stdout).toContain(
      `FAULT  webhooks: productivity: ${trouble.why}`,
    );
    const again = await startHeadless({ dataDir, env: { POPTRAY_TOKEN: TOKEN } });
    expect(await troubleOf(again, 'productivity')).toMatchObject({ since: trouble.since });
    again.child.kill('SIGTERM');
    await again.ended;

    await poptray(['secret', 'set', 'webhook-secret:productivity'], { dataDir, input: WEBHOOK_SECRET });
    const mended = await startHeadless({ dataDir, env: { POPTRAY_TOKEN: TOKEN } });
    await theirs.got(1);
    expect(theirs.received.map((message) => verified(message))).toHaveLength(1);
    await isWell(mended);
  });
});

describe('O07 a receiver inside of the network', () => {
  test('is given up at once, as blocked by a rule of ours', async () => {
    const { receiver, url, env } = await insideWorld();
    const headless = await open({ settings: webhook(url), env });
    await popWith(headless);
    await expect
      .poll(() => failures(headless), { timeout: 30_000 })
      .toMatchObject([{ failure: 'blocked', attempts: 1 }]);
    expect(receiver.received).toEqual([]);
  });

  test.each([['127.0.0.0/8'], ['127.0.0.1'], ['hooks.pops.test']])(
    'is called when "allow" names %s',
    async (entry) => {
      const { receiver, url, env } = await insideWorld();
      const headless = await open({ settings: webhook(url, { allow: [entry] }), env });
      await popWith(headless);
      await receiver.got(1);
      await isWell(headless);
    },
  );

  test('is not called when "allow" names something else, or another webhook’s does', async () => {
    const { receiver, url, env } = await insideWorld();
    const settings = {
      webhooks: [
        { id: 'productivity', url, allow: ['10.0.0.0/8', 'other.pops.test', '127.0.0.2', '::1'] },
        { id: 'other', url: await nobody(), allow: ['127.0.0.0/8'] },
      ],
    };
    const headless = await open({ settings, env, secrets: { 'webhook-secret:other': WEBHOOK_SECRET } });
    await popWith(headless);
    expect(await troubleOf(headless, 'productivity')).toMatchObject({ code: 'address_blocked' });
    expect(receiver.received).toEqual([]);
  });
});

test('a trouble ends when the receiver is back', async () => {
  const receiver = await startReceiver();
  receiver.next(status(503));
  const headless = await open({ settings: webhook(receiver.url), env: SIGNED });
  await popWith(headless);
  await troubleOf(headless, 'productivity');
  await receiver.got(2);
  await isWell(headless);
  expect((await headless.poptray('doctor')).code).toBe(0);
  expect(readFileSync(join(headless.dataDir, 'logs/poptray.log'), 'utf8')).toContain(
    'out of trouble what="webhook productivity"',
  );
});
