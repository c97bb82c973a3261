/** What is beside the pop may be in any trouble: poptray starts, the pop is delivered, and all who ask hear since when, which and why. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test, vi } from 'vitest';
import { createBoundSecrets } from '../../main/secrets/bound-secrets.ts';
import { createSecrets } from '../../main/secrets/secrets.ts';
import type { ApiResponse } from '../../shared/api.ts';
import { sayTrouble } from '../../shared/say-trouble.ts';
import type { PersonalSecret } from '../../shared/secret-names.ts';
import type { SideFunction } from '../../shared/trouble.ts';
import { type Headless, poptray, startHeadless } from '../cli/run.ts';
import { makeCertificates } from '../support/certificates.ts';
import { WEBHOOK_SECRET } from '../support/environment.ts';
import { startOtlpReceiver } from '../support/otlp-receiver.ts';
import { startReceiver, status, verified } from '../support/receiver.ts';
import { nobody, serve } from '../support/servers.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN, USER } from '../support/test-app.ts';

vi.setConfig({ testTimeout: 180_000 });

const ENV = { POPTRAY_TOKEN: TOKEN };
const HEADERS = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
const WAIT = { timeout: 60_000, interval: 200 };

function writeSettings(dataDir: string, settings: object): void {
  writeFileSync(join(dataDir, 'settings.json'), JSON.stringify(settings), { mode: 0o600 });
}

/** Keeps secrets as a person has entered them for these origins. */
async function keep(dataDir: string, all: Readonly<Record<string, [value: string, url: string]>>) {
  const keychain = { unavailable: { kind: 'off', reason: 'test' } } as const;
  const secrets = createBoundSecrets(createSecrets({ env: {}, keychain, dataDir }));
  for (const [webhook, [value, url]] of Object.entries(all))
    await secrets.set(`webhook-secret:${webhook}` as PersonalSecret, value, new URL(url).origin);
}

const ask = (headless: Headless, path: string, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${headless.port}${path}`, { headers: HEADERS, ...init });
const statusOf = async (headless: Headless) =>
  (await (await ask(headless, '/status')).json()) as ApiResponse<'status'>;
const pop = async (headless: Headless, more: object = {}) => {
  const body = JSON.stringify({ userId: USER, ...more });
  const { status, code } = (await (
    await ask(headless, '/trigger-screenpop', { method: 'POST', body })
  ).json()) as {
    status: string | number;
    code?: string;
  };
  return code ?? status;
};
const logOf = ({ dataDir }: Headless) => readFileSync(join(dataDir, 'logs/poptray.log'), 'utf8');
const troublesOf = async (headless: Headless) => (await statusOf(headless)).troubles;

interface Row {
  readonly part: SideFunction;
  readonly name?: string;
  readonly code: string;
  readonly why: RegExp;
}

/** What is planted below, and how it is told. */
const TROUBLES: Readonly<Record<string, Row>> = {
  'a webhook without a secret': {
    part: 'webhook',
    name: 'productivity',
    code: 'no_secret',
    why: /no secret to sign with.*set PRODUCTIVITY_WEBHOOK_SECRET or run "poptray secret set webhook-secret:productivity"/,
  },
  'a webhook whose secret is none': {
    part: 'webhook',
    name: 'unfit',
    code: 'unfit_secret',
    why: /has a secret that is none.*"whsec_" and 24 to 64 bytes in base64/,
  },
  'a webhook whose secret is for another address': {
    part: 'webhook',
    name: 'moved',
    code: 'secret_elsewhere',
    why: /was entered for .* and is not used for /,
  },
  'a receiver that is down': {
    part: 'webhook',
    name: 'down',
    code: 'refused',
    why: /Nothing takes connections at 127\.0\.0\.1:\d+: it was refused\. Check the port/,
  },
  'a receiver that refuses': { part: 'webhook', name: 'refuses', code: 'http_503', why: /answered 503/ },
  'a receiver that is gone': { part: 'webhook', name: 'gone', code: 'gone', why: /gone for good/ },
  'a receiver with a certificate that nobody trusts': {
    part: 'webhook',
    name: 'untrusted',
    code: 'certificate_self_signed',
    why: /127\.0\.0\.1:\d+ has issued its certificate to itself/,
  },
  'a receiver whose time is another than ours': {
    part: 'webhook',
    name: 'clock',
    code: 'clock_off',
    why: /The clock of this machine is wrong: it is 7 minutes behind that of the receiver, which refuses the signatures/,
  },
  'a receiver inside of the network, which another webhook may call': {
    part: 'webhook',
    name: 'inside',
    code: 'address_blocked',
    why: /hooks\.pops\.test:\d+ is inside a network.*"allow" of that webhook/,
  },
  'a receiver of the log by OTLP that is down': {
    part: 'receiver',
    name: 'collector/logs',
    code: 'refused',
    why: /Nothing takes connections at 127\.0\.0\.1:\d+/,
  },
  'a receiver of the log by OTLP without its secret': {
    part: 'receiver',
    name: 'keyed/logs',
    code: 'no_secret',
    why: /docs\/shipping.md/,
  },
  'a receiver of the log by syslog whose file of authorities is not there': {
    part: 'receiver',
    name: 'siem',
    code: 'ENOENT caFile',
    why: /docs\/shipping.md/,
  },
  'a page that cannot be looked at': {
    part: 'page',
    name: 'crm',
    code: 'unreachable',
    why: /the page cannot be read: Nothing takes connections at 127\.0\.0\.1:\d+: it was refused\. Check the port/,
  },
  'an extension matrix that is not there': {
    part: 'extension matrix',
    name: 'wiki',
    code: 'matrix_unfit',
    why: /pops of that application are refused: the file cannot be read: ENOENT\. Mend the file/,
  },
  'a dashboard that cannot be read': {
    part: 'dashboard',
    code: 'EACCES',
    why: /the pages of the dashboard cannot be read/,
  },
  'a copy of the settings that cannot be written': {
    part: 'settings copy',
    code: 'EISDIR',
    why: /there is no copy of the settings/,
  },
};

/** Where doctor tells it. */
const CHECKS: Partial<Record<SideFunction, string>> = {
  webhook: 'webhooks',
  receiver: 'shipping',
  'extension matrix': 'settings',
};

test('O04 O07 with all of it in trouble at once the pop is delivered, and all who ask hear which, since when and why', async () => {
  const { authority, remote, 'self-signed': selfSigned } = makeCertificates();
  const dataDir = tempDir();
  const answering = async (code: number, certificate?: typeof remote) => {
    const receiver = await startReceiver(certificate);
    receiver.answer = status(code);
    return receiver;
  };
  const named = async (host: string) => {
    const receiver = await answering(204, remote);
    return { receiver, url: receiver.url.replace('127.0.0.1', host) };
  };
  const [inside, byRange, byAddress, byHost] = await Promise.all(
    ['hooks.pops.test', 'crm.pops.test', 'otel.pops.test', 'api.pops.test'].map(named),
  );
  const back = await answering(204);
  back.next(status(503));
  const urls: Record<string, string> = {
    productivity: back.url,
    unfit: back.url,
    moved: back.url,
    down: await nobody(),
    refuses: (await answering(503)).url,
    gone: (await answering(410)).url,
    untrusted: await serve((_, response) => response.end(), selfSigned),
    clock: await serve((request, response) => {
      request.resume();
      response.writeHead(401, { date: new Date(Date.now() + 7 * 60_000).toUTCString() }).end();
    }),
    inside: inside?.url ?? '',
    'by-range': byRange?.url ?? '',
    'by-address': byAddress?.url ?? '',
    'by-host': byHost?.url ?? '',
    back: back.url,
  };
  const allow: Record<string, string[]> = {
    inside: ['10.0.0.0/8', 'other.pops.test', '127.0.0.2', '::1'],
    'by-range': ['127.0.0.0/8'],
    'by-address': ['127.0.0.1'],
    'by-host': ['api.pops.test'],
  };
  const { productivity: _, unfit = '', moved: __, ...signed } = urls;
  await keep(dataDir, {
    ...Object.fromEntries(Object.entries(signed).map(([id, url]) => [id, [WEBHOOK_SECRET, url]])),
    unfit: ['whsec_mark', unfit],
    moved: [WEBHOOK_SECRET, 'https://elsewhere.example'],
  });
  const page = (await nobody()).replace('http:', 'https:');
  const application = (id: string, more: object) => ({ id, baseUri: page, allowedOrigins: [page], ...more });
  const otlp = async (id: string, url: string, more = {}) => ({
    id,
    kind: 'otlp',
    url,
    signals: ['logs'],
    ...more,
  });
  writeSettings(dataDir, {
    webhooks: Object.entries(urls).map(([id, url]) => ({ id, url, ...(allow[id] && { allow: allow[id] }) })),
    shipping: [
      await otlp('collector', await nobody()),
      await otlp('keyed', (await startOtlpReceiver()).url, { secretHeader: 'x-api-key' }),
      { id: 'siem', kind: 'syslog', host: '127.0.0.1', port: 1, caFile: '/nowhere/ca.pem' },
    ],
    applications: [
      application('crm', { framing: { mode: 'warn' } }),
      application('wiki', { extensionMatrix: 'nowhere.json', framing: { mode: 'off' } }),
    ],
  });
  // No file can be put in the place of a folder.
  mkdirSync(join(dataDir, 'settings.good.json'));
  const caFile = join(tempDir(), 'authority.pem');
  writeFileSync(caFile, authority.cert);
  const preload = (file: string) =>
    `--import=${pathToFileURL(join(import.meta.dirname, '../support', file))}`;
  const headless = await startHeadless({
    dataDir,
    env: {
      ...ENV,
      NODE_EXTRA_CA_CERTS: caFile,
      NODE_OPTIONS: `${preload('name-server.mjs')} ${preload('forbid-path.mjs')}`,
      FORBIDDEN: join('dist', 'renderer'),
      NAMES: JSON.stringify(
        Object.fromEntries(['hooks', 'crm', 'otel', 'api'].map((host) => [`${host}.pops.test`, '127.0.0.1'])),
      ),
    },
  });
  expect([await pop(headless), await pop(headless, { application: 'wiki' })]).toEqual([
    'delivered',
    'extension_incompatible',
  ]);

  // The one that had refused once is well again with the next try.
  await expect
    .poll(() => logOf(headless), WAIT)
    .toMatch(/in trouble what="webhook back".*out of trouble what="webhook back"/s);
  const names = (all: readonly { part: string; name?: string }[]) =>
    all.map(({ part, name = '' }) => `${part} ${name}`).toSorted();
  await expect
    .poll(async () => names(await troublesOf(headless)), WAIT)
    .toEqual(names(Object.values(TROUBLES)));

  const all = await troublesOf(headless);
  const [said, doctor, webhooks, figures] = await Promise.all([
    headless.poptray('status'),
    headless.poptray('doctor'),
    headless.poptray('webhooks', 'list'),
    ask(headless, '/metrics').then((response) => response.text()),
  ]);
  expect(doctor.code).toBe(1);
  for (const [row, { part, name = '', code, why }] of Object.entries(TROUBLES)) {
    const trouble = all.find((one) => one.part === part && one.name === name);
    expect.soft(trouble, row).toMatchObject({ code, why: expect.stringMatching(why) });
    if (!trouble) continue;
    const { since } = trouble;
    const line = sayTrouble({ ...trouble, waiting: null });
    expect.soft(said.stdout, row).toContain(line);
    expect
      .soft(doctor.stdout, row)
      .toMatch(new RegExp(`^FAULT {2}${CHECKS[part] ?? 'beside the pops'}: `, 'm'));
    expect.soft(doctor.stdout, row).toContain(trouble.why);
    if (part === 'webhook') expect.soft(webhooks.stderr, row).toContain(line);
    const labels = `part="${part}",name="${name}",code="${code}"`;
    expect
      .soft(figures, row)
      .toContain(`poptray_trouble_since_timestamp_seconds{${labels}} ${Date.parse(since) / 1000}`);
    const what = name === '' ? part : `${part} ${name}`;
    expect
      .soft(logOf(headless), row)
      .toMatch(new RegExp(`in trouble what="?${what}"? since="${since}" code="?${code}"?`));
  }

  // "allow" opens what it names, and nothing else; what our own rule blocks is given up at once.
  await Promise.all([byRange, byAddress, byHost].map((one) => one?.receiver.got(1)));
  expect(inside?.receiver.received).toEqual([]);
  const given = JSON.parse((await headless.poptray('webhooks', 'list', '--json')).stdout) as object[];
  expect(given).toContainEqual(
    expect.objectContaining({ webhook: 'inside', failure: 'blocked', attempts: 1 }),
  );
  expect(await pop(headless)).toBe('delivered');
});

test('O04 a trouble is known since when over a restart, and what waits goes out once it is over', async () => {
  const receiver = await startReceiver();
  const dataDir = tempDir();
  writeSettings(dataDir, { webhooks: [{ id: 'productivity', url: receiver.url }] });
  await keep(dataDir, { productivity: [WEBHOOK_SECRET, 'https://elsewhere.example'] });
  const start = () => startHeadless({ dataDir, env: ENV });
  const stop = (headless: Headless) => {
    headless.child.kill('SIGTERM');
    return headless.ended;
  };
  const first = await start();
  expect(await pop(first)).toBe('delivered');
  await expect.poll(() => troublesOf(first), WAIT).toMatchObject([{ code: 'secret_elsewhere', waiting: 1 }]);
  const [trouble] = await troublesOf(first);
  await stop(first);
  expect((await poptray(['doctor'], { dataDir })).stdout).toContain(
    `FAULT  webhooks: productivity: ${trouble?.why}`,
  );
  const again = await start();
  await expect.poll(() => troublesOf(again), WAIT).toMatchObject([{ since: trouble?.since }]);
  await stop(again);

  await poptray(['secret', 'set', 'webhook-secret:productivity'], { dataDir, input: WEBHOOK_SECRET });
  const mended = await start();
  await receiver.got(1);
  expect(receiver.received.map((message) => verified(message))).toHaveLength(1);
  await expect.poll(() => troublesOf(mended), WAIT).toEqual([]);
});
