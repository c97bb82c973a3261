import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openMatrices } from '../main/compatibility/extension-matrices.ts';
import { openSettingsFile } from '../main/config/settings-file.ts';
import { createLocalTokens } from '../main/endpoint/local-tokens.ts';
import { createSystemClock } from '../main/platform/clock.ts';
import { privateFileAt } from '../main/platform/private-file.ts';
import { secretFilesIn } from '../main/secrets/secret-files.ts';
import { createSimulator } from '../main/simulator/simulator.ts';
import { SESSION_HEADER } from '../shared/session-secret.ts';
import { settingsSchema } from '../shared/settings.ts';
import { poptray } from './cli/run.ts';
import { startBareEndpoint } from './endpoint/bare-endpoint.ts';
import { connect, requestText } from './endpoint/raw-connection.ts';
import { tempDir } from './support/temp-dir.ts';
import { startTestApp, USER } from './support/test-app.ts';

/** Takes these bytes in as JSON; rejects, or resolves with why not, when it does not. */
type Door = (bytes: Buffer) => Promise<string | undefined> | string | undefined;

/** A POST of the bytes to our own endpoint, with a token and a session. */
const posted =
  (path: string): Door =>
  async (bytes) => {
    const { port } = await startBareEndpoint({
      findSession: () => 'id',
      deadLetters: { list: () => [], resend: async () => true },
      pairing: {
        open: () => ({ code: '', until: 0 }),
        close() {},
        answers: () => true,
        demandOpen() {},
        redeem: () => ({ token: '', name: '' }),
      },
    });
    const session = { 'sec-fetch-site': 'same-origin', [SESSION_HEADER]: 'id.secret' };
    const headers = { 'content-length': `${bytes.length}`, ...session };
    const connection = await connect(port);
    connection.send(Buffer.concat([Buffer.from(requestText(port, { path, body: '', headers })), bytes]));
    const reply = await connection.reply();
    return reply.status < 300 ? undefined : reply.problem.detail;
  };

const inFile =
  (name: string, open: (dataDir: string) => unknown): Door =>
  async (bytes) => {
    const dataDir = tempDir();
    writeFileSync(join(dataDir, name), bytes, { mode: 0o600 });
    try {
      await open(dataDir);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };

async function openMatrix(dataDir: string): Promise<void> {
  const application = { id: 'crm', baseUri: 'https://crm.example/', allowedOrigins: ['https://crm.example'] };
  const applications = [{ ...application, extensionMatrix: 'matrix.json' }];
  const { unfit } = await openMatrices(settingsSchema.parse({ applications }), dataDir);
  if (unfit.length > 0) throw new Error(unfit[0]?.reason);
}

function openTokens(dataDir: string): void {
  const file = privateFileAt(join(dataDir, 'tokens.json'));
  createLocalTokens({ file, envToken: undefined, clock: createSystemClock() }).list();
}

const toSimulator: Door = async (bytes) => {
  const simulator = createSimulator({ clientId: 'a', clientSecret: 'b', signingSecret: 'c' });
  const { baseUrl } = await simulator.start(0);
  try {
    const headers = { 'content-type': 'application/json' };
    const reply = await fetch(`${baseUrl}/simulator/faults`, {
      method: 'POST',
      headers,
      body: new Uint8Array(bytes),
    });
    return reply.ok ? undefined : ((await reply.json()) as { message: string }).message;
  } finally {
    await simulator.stop();
  }
};

const toCommand: Door = async (input) => {
  const app = await startTestApp();
  const port = new URL(app.url).port;
  const env = { POPTRAY_TOKEN: 'test-token-0123456789abcdefghijklmnop' };
  const run = await poptray(['trigger', '--stdin', '--port', port], { dataDir: tempDir(), env, input });
  return run.code === 0 ? undefined : run.stderr;
};

/** Each with JSON that it takes, in which X may be any text. */
const doors: [name: string, json: string, door: Door][] = [
  [
    'POST /trigger-screenpop',
    `{"userId":"${USER}","customerData":{"name":"X"}}`,
    posted('/trigger-screenpop'),
  ],
  ['POST /pairings', '{"code":"X"}', posted('/pairings')],
  ['POST /webhooks/dead-letters/resend', '{"id":"X","webhook":"w"}', posted('/webhooks/dead-letters/resend')],
  ['POST /ui/api/…', '{"settings":{"note":"X"}}', posted('/ui/api/settingsSet')],
  [
    'settings.json',
    '{"applications":[{"id":"X","baseUri":"https://a.example/","allowedOrigins":["https://a.example"]}]}',
    inFile('settings.json', openSettingsFile),
  ],
  [
    'an extension matrix',
    '{"version":1,"extensions":[{"id":"abcdefghijklmnopabcdefghijklmnop"}]}',
    inFile('matrix.json', openMatrix),
  ],
  [
    'secrets.json',
    '{"version":1,"secrets":{"client-secret":"X"}}',
    inFile('secrets.json', (dir) => secretFilesIn(dir).secrets()),
  ],
  ['tokens.json', '{"version":1,"tokens":[]}', inFile('tokens.json', openTokens)],
  ['the simulator', '{"kind":"slow","delayMs":5}', toSimulator],
  ['poptray trigger --stdin', `{"userId":"${USER}","customerData":{"name":"X"}}`, toCommand],
];

describe.each(doors)('%s', (_name, json, door) => {
  test('takes JSON in UTF-8, with a byte order mark and without', async () => {
    expect(await door(Buffer.from(json.replace('X', 'ü')))).toBeUndefined();
    expect(await door(Buffer.from(`\ufeff${json.replace('X', 'ü')}`))).toBeUndefined();
  });

  test('refuses what is not UTF-8, and a member that comes twice', async () => {
    const latin1 = json.includes('X') ? json.replace('X', 'ü') : json.replace('{', '{"ü":1,');
    expect(await door(Buffer.from(latin1, 'latin1'))).toMatch(/not UTF-8|not JSON|damaged|backup/);
    expect(await door(Buffer.from(`\ufeff${json}`, 'utf16le'))).toMatch(/UTF-16|not JSON|damaged|backup/);
    const [member = ''] = /"\w+":/.exec(json) ?? [];
    expect(await door(Buffer.from(json.replace('{', `{${member}1,`)))).toMatch(/twice|not JSON|damaged/);
  });
});
