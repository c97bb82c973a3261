import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { supportBundleSchema } from '../../shared/support-bundle.ts';
import { WEBHOOK_SECRET } from '../support/environment.ts';
import { findMarks } from '../support/marks.ts';
import { hasPrograms, needs } from '../support/needs.ts';
import { mark } from '../support/provocation.ts';
import { startReceiver, status } from '../support/receiver.ts';
import { startStubDestination } from '../support/stub-destination.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN } from '../support/test-app.ts';
import { poptray, start, startHeadless } from './run.ts';

const needsTerminal = needs('a terminal: script, of bsdutils', hasPrograms('script'));

/** What must not come out, wherever it stood. */
const MARKS = {
  'the data folder': 'Mfolder-5f1c',
  'a user id': 'Magent-5f1c',
  'customer data': mark('Mvalue'),
  'a caller': mark('Mcaller'),
  'an application': 'Mapplication-5f1c',
  'a path of a page': 'Mpage-5f1c',
  'a value of the state': mark('Mstate'),
  'a destination': 'Mdestination-5f1c',
  'a path of a destination': 'Mplace-5f1c',
  'a webhook': 'mwebhook-5f1c',
  'a path of a webhook': 'Mhook-5f1c',
  'a query of a webhook': 'Mquery-5f1c',
  'a receiver': 'mreceiver-5f1c',
  'a path of a receiver': 'Mcollector-5f1c',
  'a header': 'Mheader-5f1c',
  'a file': 'Mfile-5f1c',
  'a client id': 'Mclient-5f1c',
  'a scope': 'Mscope-5f1c',
  'a token’s name': 'mtoken-5f1c',
  'a line of the program log': 'Mline-5f1c',
  'a forged code': 'Mcode-5f1c & more',
  'an entry of NO_PROXY': 'Mproxy-5f1c!',
  'the client secret': 'Sclient-5f1c+/~',
  'the signing secret': 'Ssigning-5f1c+/~',
  'the webhook secret': WEBHOOK_SECRET,
  'the local token': TOKEN,
};

/** A poptray with marks in all that a person, a caller or a server can write. */
async function startMarked() {
  const [destination, receiver] = await Promise.all([startStubDestination(), startReceiver()]);
  receiver.answer = status(503);
  const dataDir = join(tempDir(), MARKS['the data folder']);
  mkdirSync(dataDir, { mode: 0o700 });
  const settings = {
    destinations: [
      {
        id: 'genesys',
        kind: 'genesys-screenpops',
        baseUrl: destination.url,
        clientId: MARKS['a client id'],
        scope: MARKS['a scope'],
      },
      {
        id: MARKS['a destination'],
        kind: 'http',
        url: `${destination.url}/${MARKS['a path of a destination']}`,
        auth: { kind: 'bearer' },
        required: false,
      },
    ],
    applications: [
      {
        id: MARKS['an application'],
        baseUri: `https://crm.example/${MARKS['a path of a page']}?q=${MARKS['a query of a webhook']}#/x`,
        allowedOrigins: ['https://crm.example'],
        state: { label: MARKS['a value of the state'] },
        destinations: ['genesys'],
      },
    ],
    webhooks: [
      {
        id: MARKS['a webhook'],
        url: `${receiver.url}/${MARKS['a path of a webhook']}?t=${MARKS['a query of a webhook']}`,
      },
    ],
    shipping: [
      {
        id: MARKS['a receiver'],
        kind: 'otlp',
        url: `http://127.0.0.1:9/${MARKS['a path of a receiver']}`,
        secretHeader: MARKS['a header'],
        caFile: `/nowhere/${MARKS['a file']}`,
      },
    ],
  };
  writeFileSync(join(dataDir, 'settings.json'), JSON.stringify(settings), { mode: 0o600 });
  const env = {
    GENESYS_CLIENT_SECRET: MARKS['the client secret'],
    SIGNING_SECRET: MARKS['the signing secret'],
    POPTRAY_TOKEN: TOKEN,
    NO_PROXY: MARKS['an entry of NO_PROXY'],
    HTTP_PROXY: '',
  };
  const options = { dataDir, env };
  const put = (name: string, input: string) =>
    start('cli.ts', ['secret', 'set', name], { ...options, input }).ended;
  expect((await put(`webhook-secret:${MARKS['a webhook']}`, WEBHOOK_SECRET)).code).toBe(0);
  expect((await poptray(['token', 'create', MARKS['a token’s name']], options)).code).toBe(0);
  const app = await startHeadless(options);
  const trigger = {
    userId: MARKS['a user id'],
    customerData: { note: MARKS['customer data'] },
    call: { from: MARKS['a caller'] },
  };
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  for (const body of [trigger, { ...trigger, unknown: MARKS['customer data'] }])
    await fetch(`http://127.0.0.1:${app.port}/trigger-screenpop`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
  const stands = async () => (await app.poptray('status')).stdout;
  await expect.poll(stands, { timeout: 20_000 }).toContain('answered 503');
  appendFileSync(join(dataDir, 'logs/poptray.log'), `[warn] ${MARKS['a line of the program log']}\n`);
  return { app, options, destination };
}

/** A poptray that was never started. */
function emptyFolder(): string {
  const dataDir = join(tempDir(), 'data');
  mkdirSync(dataDir, { mode: 0o700 });
  return dataDir;
}

test('L32 a support bundle has hosts, numbers and counts, and nothing that a person or a caller has written', async () => {
  const { app, options, destination } = await startMarked();
  const path = join(tempDir(), 'bundle.json');
  const said = await poptray(['support-bundle', '--yes', '--output', path], options);
  expect([said.code, said.stderr]).toEqual([0, expect.stringContaining(path)]);
  const text = readFileSync(path, 'utf8');
  expect(said.stdout).toBe(text);
  expect(findMarks(MARKS, [['the bundle', text]])).toEqual([]);

  const bundle = supportBundleSchema.parse(JSON.parse(text));
  expect(bundle).toMatchObject({
    settings: {
      destinations: [
        {
          destination: 1,
          kind: 'genesys-screenpops',
          host: new URL(destination.url).host,
          hasClientId: true,
          required: true,
        },
        { destination: 2, kind: 'http', hasClientId: false, required: false },
      ],
      applications: [
        {
          application: 1,
          destinations: [1],
          mode: 'all',
          host: 'crm.example',
          allowedOrigins: ['crm.example'],
        },
      ],
      webhooks: [{ webhook: 1, host: expect.stringMatching(/^127\.0\.0\.1:\d+$/) }],
      shipping: [{ receiver: 1, kind: 'otlp', host: '127.0.0.1:9', tls: false }],
    },
    secrets: [
      { secret: 'destination.1.client-secret', source: 'environment' },
      { secret: 'destination.1.signing-secret', source: 'environment' },
      { secret: 'destination.2.token', source: null },
      { secret: 'webhook-secret.1', source: 'file' },
      { secret: 'shipper-secret.1', source: null },
    ],
    tokens: expect.arrayContaining([{ token: 1, createdAt: expect.any(String), isPaired: false }]),
    doctor: expect.arrayContaining([{ check: 'data-folder', verdict: 'ok' }]),
    running: {
      isSimulated: false,
      today: { delivered: 1 },
      troubles: expect.arrayContaining([
        expect.objectContaining({ part: 'webhook', number: 1, code: 'http_503' }),
      ]),
    },
    audit: {
      outcomes: { delivered: 1, refused: 1 },
      codes: { invalid_trigger: 1 },
      agents: [{ agent: 1, delivered: 1, failed: 0 }],
    },
  });
  expect(bundle.metrics).toMatchObject({
    'poptray_triggers_total{status=delivered,code=}': 1,
    'poptray_webhook_refusing{webhook=1}': 1,
    'poptray_destination_configured{destination=2}': 0,
  });

  // What somebody has forged into the log is no word of poptray's.
  app.child.kill('SIGTERM');
  await app.ended;
  const log = join(options.dataDir, 'audit');
  for (const name of readdirSync(log).filter((file) => file.endsWith('.ndjson'))) {
    const lines = readFileSync(join(log, name), 'utf8');
    writeFileSync(
      join(log, name),
      lines.replaceAll('"invalid_trigger"', JSON.stringify(MARKS['a forged code'])),
    );
  }
  writeFileSync(join(options.dataDir, 'settings.json'), `{"${MARKS['an application']}": 1}`, { mode: 0o600 });
  const later = await poptray(
    ['support-bundle', '--yes', '--output', join(tempDir(), 'later.json')],
    options,
  );
  expect(later.code).toBe(0);
  expect(findMarks(MARKS, [['the bundle', later.stdout]])).toEqual([]);
  expect(JSON.parse(later.stdout)).toMatchObject({
    settings: { isBroken: true },
    running: { missing: expect.any(String) },
    audit: { codes: { other: 1 } },
  });
});

describe('a support bundle', () => {
  test('is its owner’s alone, and takes the place of nothing', async () => {
    const dataDir = emptyFolder();
    const folder = tempDir();
    const path = join(folder, 'bundle.json');
    const make = () => poptray(['support-bundle', '--yes', '--output', path], { dataDir });
    expect((await make()).code).toBe(0);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    writeFileSync(path, 'mine');
    expect(await make()).toMatchObject({ code: 1, stderr: expect.stringContaining('is there already') });
    expect(readFileSync(path, 'utf8')).toBe('mine');
    const link = join(folder, 'link.json');
    symlinkSync(join(folder, 'elsewhere'), link);
    expect((await poptray(['support-bundle', '--yes', '--output', link], { dataDir })).code).toBe(1);
    expect(existsSync(join(folder, 'elsewhere'))).toBe(false);
  });

  test('is made also where nothing can be had: the settings will not do, and nothing runs', async () => {
    const dataDir = emptyFolder();
    writeFileSync(join(dataDir, 'settings.json'), '{', { mode: 0o600 });
    writeFileSync(join(dataDir, 'tokens.json'), '{', { mode: 0o600 });
    const { code, stdout } = await poptray(['support-bundle', '--yes', '--output', join(tempDir(), 'b')], {
      dataDir,
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      settings: { missing: 'SettingsInvalid' },
      tokens: { missing: expect.any(String) },
      doctor: expect.arrayContaining([{ check: 'settings', verdict: 'fault' }]),
    });
  });

  test('is shown and not written where there is nobody to ask: 64', async () => {
    const [dataDir, cwd] = [emptyFolder(), tempDir()];
    const { code, stdout, stderr } = await poptray(['support-bundle'], { dataDir, cwd });
    expect([code, stderr]).toEqual([64, expect.stringContaining('--yes writes it')]);
    expect(JSON.parse(stdout)).toHaveProperty('doctor');
    expect(readdirSync(cwd)).toEqual([]);
  });

  describe('at a terminal', () => {
    beforeEach(needsTerminal);

    test.each([
      ['y', 1],
      ['', 0],
      ['no', 0],
    ])(
      'is written when whoever sits at the terminal has seen it and says so: "%s"',
      async (answer, written) => {
        const [dataDir, cwd] = [emptyFolder(), tempDir()];
        const cli = join(import.meta.dirname, '../../main/cli.ts');
        const terminal = spawn(
          'script',
          ['-qfec', `${process.execPath} ${cli} support-bundle`, '/dev/null'],
          {
            cwd,
            env: {
              PATH: process.env.PATH,
              HOME: cwd,
              POPTRAY_KEYCHAIN: 'off',
              POPTRAY_DATA_DIR: dataDir,
              XDG_CACHE_HOME: tempDir(),
            },
          },
        );
        let output = '';
        terminal.stdout.on('data', (piece) => {
          output += piece;
        });
        await expect.poll(() => output, { timeout: 20_000 }).toContain('[y/N]');
        expect(output).toContain('"madeAt"');
        expect(readdirSync(cwd).filter((name) => name.endsWith('.json'))).toEqual([]);
        terminal.stdin.write(`${answer}\r`);
        const [code] = await once(terminal, 'exit');
        expect([code, readdirSync(cwd).filter((name) => name.startsWith('poptray-support-')).length]).toEqual(
          [written === 1 ? 0 : 1, written],
        );
      },
    );
  });
});
