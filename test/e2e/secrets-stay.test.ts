/** Secrets stay with the address that they were entered for, whoever changes it; over the real app and real receivers. */
import { chmodSync, cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { privateFileAt, writePrivateFile } from '../../main/platform/private-file.ts';
import type { Settings } from '../../shared/settings.ts';
import { poptray } from '../cli/run.ts';
import { openSession } from '../support/dashboard-session.ts';
import { WEBHOOK_SECRET } from '../support/environment.ts';
import { startOtlpReceiver } from '../support/otlp-receiver.ts';
import { startReceiver } from '../support/receiver.ts';
import { type StubDestination, startStubDestination } from '../support/stub-destination.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startTestApp, type TestAppOptions, USER } from '../support/test-app.ts';

const SECRETS = {
  'destination:genesys:client-secret': 'MARKED-CLIENT',
  'destination:genesys:signing-secret': 'MARKED-SIGNING',
};
const KEPT_0_1 = join(import.meta.dirname, '../fixtures/data-0.1');

const at = (baseUrl: string): Settings['destinations'][number] => ({
  id: 'genesys',
  kind: 'genesys-screenpops',
  baseUrl,
  clientId: 'client',
  scope: '',
});

async function open(options: TestAppOptions = {}) {
  const app = await startTestApp(options);
  const session = await openSession(app);
  const save = async (part: Partial<Settings>, entered: Readonly<Record<string, string>> = {}) => {
    const { settings } = await session.call('settingsGet', {});
    const secrets = Object.entries(entered).map(([name, value]) => ({ name, value }));
    return session.call('settingsSet', { settings: { ...settings, ...part }, secrets });
  };
  const pop = async () =>
    (await (await app.post({ userId: USER })).json()) as { code?: string; detail?: string };
  return { ...session, app, save, pop };
}

/** Nobody has called it at all. */
function expectNothingSent({ pops, tokenCalls }: StubDestination): void {
  expect([pops, tokenCalls]).toEqual([[], []]);
}

const writeSettings = (dataDir: string, settings: object) =>
  writePrivateFile(join(dataDir, 'settings.json'), JSON.stringify(settings));

describe('a destination that is changed', () => {
  test('K01 in the dashboard gets neither secret nor pop until both secrets are entered again', async () => {
    const [ours, thiefs] = await Promise.all([startStubDestination(), startStubDestination()]);
    const { save, pop, call } = await open();
    await save({ destinations: [at(ours.url)] }, SECRETS);
    expect(await pop()).toMatchObject({ status: 'delivered' });

    await save({ destinations: [at(thiefs.url)] });
    const refused = await pop();
    expect(refused).toMatchObject({ code: 'not_configured' });
    expect(refused.detail).toBe(
      `The OAuth client secret of genesys was entered for ${ours.url} and is not used for ${thiefs.url}: enter it again, under Secrets in the dashboard’s settings or with "poptray secret set destination:genesys:client-secret", or set the address back.`,
    );
    expect(await call('status', {})).toMatchObject({
      isConfigured: false,
      secretFaults: [
        refused.detail,
        expect.stringContaining('The signing secret of genesys was entered for'),
      ],
    });
    const { popId } = (await call('auditQuery', { filter: {}, offset: 0, limit: 5 })).entries.find(
      ({ status }) => status === 'delivered',
    ) as { popId: string };
    expect(await call('popSendAgain', { popId, asNew: true })).toMatchObject({ code: 'not_configured' });
    expectNothingSent(thiefs);

    // The way out, either way.
    await save({ destinations: [at(ours.url)] });
    expect(await pop()).toMatchObject({ status: 'delivered' });
    await save(
      { destinations: [at(thiefs.url)] },
      { 'destination:genesys:client-secret': 'its own', 'destination:genesys:signing-secret': 'its own' },
    );
    expect(await pop()).toMatchObject({ status: 'delivered' });
    expect(thiefs.tokenCalls.map(({ headers }) => headers.authorization)).toEqual([
      `Basic ${btoa('client:its own')}`,
    ]);
  });

  test('K01 by one secret entered again gets not the other one', async () => {
    const [ours, thiefs] = await Promise.all([startStubDestination(), startStubDestination()]);
    const { save, pop, call } = await open();
    await save({ destinations: [at(ours.url)] }, SECRETS);
    await save({ destinations: [at(thiefs.url)] });
    await call('secretSet', { name: 'destination:genesys:client-secret', value: 'its own' });
    expect((await pop()).detail).toContain('The signing secret of genesys was entered for');
    expectNothingSent(thiefs);
  });

  test('K02 in the settings file, or by the environment’s base URL, gets nothing either; doctor says the same', async () => {
    const [ours, thiefs] = await Promise.all([startStubDestination(), startStubDestination()]);
    const dataDir = join(tempDir(), 'data');
    const first = await open({ dataDir });
    await first.save({ destinations: [at(ours.url)] }, SECRETS);
    await first.app.stop();

    const settings = JSON.parse(readFileSync(join(dataDir, 'settings.json'), 'utf8'));
    writeSettings(dataDir, { ...settings, destinations: [at(thiefs.url)] });
    const byFile = await open({ dataDir });
    const { detail } = await byFile.pop();
    expect(detail).toContain(`was entered for ${ours.url} and is not used for ${thiefs.url}`);
    const doctor = await poptray(['doctor'], { dataDir });
    expect(doctor.stdout).toContain(`FAULT  secrets: ${detail}`);
    await byFile.app.stop();

    writeSettings(dataDir, settings);
    const byEnvironment = await open({ dataDir, env: { GENESYS_BASE_URL: thiefs.url } });
    expect((await byEnvironment.pop()).detail).toBe(detail);
    await byEnvironment.app.stop();
    expectNothingSent(thiefs);
    const back = await open({ dataDir });
    expect(await back.pop()).toMatchObject({ status: 'delivered' });
  });

  test('K03 does not get secrets of the environment either, unless the environment names it', async () => {
    const [ours, thiefs] = await Promise.all([startStubDestination(), startStubDestination()]);
    const dataDir = join(tempDir(), 'data');
    const env = { GENESYS_CLIENT_SECRET: 'MARKED', SIGNING_SECRET: 'MARKED' };
    const first = await open({ dataDir, env, settings: { destinations: [at(ours.url)] } });
    expect(await first.pop()).toMatchObject({ status: 'delivered' });
    await first.save({ destinations: [at(thiefs.url)] });
    expect((await first.pop()).detail).toContain('GENESYS_REGION or GENESYS_BASE_URL');
    // Whose own is kept beside it frees nothing.
    await first.call('secretSet', { name: 'destination:genesys:client-secret', value: 'x' });
    await first.call('secretSet', { name: 'destination:genesys:signing-secret', value: 'x' });
    expect((await first.pop()).code).toBe('not_configured');
    await first.app.stop();
    const second = await open({ dataDir, env });
    expect((await second.pop()).code).toBe('not_configured');
    await second.app.stop();
    expectNothingSent(thiefs);
    const named = await open({ dataDir, env: { ...env, GENESYS_BASE_URL: thiefs.url } });
    expect(await named.pop()).toMatchObject({ status: 'delivered' });
  });

  test('K04 while nothing had use for a kept secret does not get it', async () => {
    const thiefs = await startStubDestination();
    const dataDir = join(tempDir(), 'data');
    await poptray(['secret', 'set', 'destination:genesys:client-secret'], { dataDir, input: 'MARKED' });
    await poptray(['secret', 'set', 'destination:genesys:signing-secret'], { dataDir, input: 'MARKED' });
    const { save, pop, app } = await open({ dataDir });
    await save({ destinations: [at(thiefs.url)] });
    expect((await pop()).detail).toContain('was entered before anything had use for it');
    await app.stop();
    const later = await open({ dataDir });
    expect((await later.pop()).code).toBe('not_configured');
    expectNothingSent(thiefs);
  });
});

test('K05 a webhook that is moved is not signed with the secret that was entered for another place', async () => {
  const [ours, thiefs] = await Promise.all([startReceiver(), startReceiver()]);
  const dataDir = join(tempDir(), 'data');
  const { save, pop, app } = await open({ dataDir });
  const named = (url: string) => ({ webhooks: [{ id: 'wallboard', url }] });
  const secret = { 'webhook-secret:wallboard': WEBHOOK_SECRET };
  await save(named(ours.url), secret);
  expect(await save(named(thiefs.url))).toEqual({
    errors: [
      {
        pointer: '/webhooks/0/secret',
        detail: expect.stringContaining(
          `The secret of the webhook wallboard was entered for ${ours.url} and is not used for ${thiefs.url}`,
        ),
      },
    ],
  });
  // What was not saved changes nothing.
  await pop();
  await ours.got(1);
  // Another path of the same origin is the same receiver’s.
  expect(await save(named(`${ours.url}/v2`))).not.toHaveProperty('errors');
  await app.stop();

  const settings = JSON.parse(readFileSync(join(dataDir, 'settings.json'), 'utf8'));
  writeSettings(dataDir, { ...settings, ...named(thiefs.url) });
  const moved = await open({ dataDir });
  expect(await moved.pop()).toMatchObject({ status: 'delivered' });
  await vi.waitFor(async () =>
    expect((await moved.call('status', {})).troubles).toEqual([
      expect.objectContaining({
        part: 'webhook',
        name: 'wallboard',
        code: 'secret_elsewhere',
        why: expect.stringContaining(`was entered for ${ours.url}`),
      }),
    ]),
  );
  await moved.app.stop();
  expect(thiefs.received).toEqual([]);
});

test('K06 a receiver of the log that is moved does not get its token', async () => {
  const [ours, thiefs] = await Promise.all([startOtlpReceiver(), startOtlpReceiver()]);
  const named = (url: string): Partial<Settings> => ({
    shipping: [{ id: 'collector', kind: 'otlp', url, signals: ['logs'], secretHeader: 'x-api-key' }],
  });
  const { save, call, pop } = await open();
  await save(named(ours.url), { 'shipper-secret:collector': 'MARKED-TOKEN' });
  await vi.waitFor(() => expect(ours.received[0]?.headers['x-api-key']).toBe('MARKED-TOKEN'), {
    timeout: 10_000,
  });
  await save(named(thiefs.url));
  // Something to ship.
  await pop();
  const failure = async () => (await call('status', {})).shipping[0]?.failure;
  await vi.waitFor(async () => expect(await failure()).toBe('secret_elsewhere'), { timeout: 10_000 });
  expect((await call('status', {})).secretFaults).toEqual([
    expect.stringContaining(`The secret for the log’s receiver collector was entered for ${ours.url}`),
  ]);
  expect(thiefs.received).toEqual([]);
  await call('secretSet', { name: 'shipper-secret:collector', value: 'a new one' });
  await vi.waitFor(() => expect(thiefs.received[0]?.headers['x-api-key']).toBe('a new one'), {
    timeout: 10_000,
  });
});

test('K07 the folder of version 0.1 goes on as it was, and its secrets are bound from then on', async () => {
  const [ours, thiefs] = await Promise.all([startStubDestination(), startStubDestination()]);
  const dataDir = join(tempDir(), 'data');
  cpSync(KEPT_0_1, dataDir, { recursive: true });
  // As they were; a checkout keeps no modes.
  for (const { parentPath, name } of readdirSync(dataDir, { recursive: true, withFileTypes: true }))
    chmodSync(join(parentPath, name), name === 'audit' ? 0o700 : 0o600);
  chmodSync(dataDir, 0o700);
  const kept = privateFileAt(join(dataDir, 'secrets.json'));
  const { version, secrets } = JSON.parse(kept.read() ?? '');
  const old = { 'client-secret': 'MARKED-CLIENT', 'signing-secret': 'MARKED-SIGNING' };
  kept.write(JSON.stringify({ version, secrets: { ...secrets, ...old } }));
  const of0_1 = (baseUrl: string) => ({
    version: 1,
    destination: { kind: 'genesys-cloud', baseUrl, clientId: 'client', scope: '' },
  });
  writeSettings(dataDir, of0_1(ours.url));

  const first = await open({ dataDir });
  expect(await first.pop()).toMatchObject({ status: 'delivered' });
  expect(JSON.parse(kept.read() ?? '').secrets).toEqual({
    ...secrets,
    ...SECRETS,
    'secret-origin:destination:genesys:client-secret': expect.stringContaining(ours.url),
    'secret-origin:destination:genesys:signing-secret': expect.stringContaining(ours.url),
  });
  expect(await first.call('secretList', {})).toContainEqual({
    label: 'OAuth client secret of genesys',
    name: 'destination:genesys:client-secret',
    source: 'file',
    origin: ours.url,
    enteredFor: ours.url,
  });
  await first.app.stop();
  writeSettings(dataDir, of0_1(thiefs.url));
  const second = await open({ dataDir });
  expect((await second.pop()).detail).toContain(`was entered for ${ours.url}`);
  expectNothingSent(thiefs);
});

test('K08 where updates come from can be neither seen nor set in the dashboard, and stays what the file says', async () => {
  const feed = 'https://updates.example.com/poptray';
  const dataDir = join(tempDir(), 'data');
  const { call, save } = await open({ dataDir, settings: { updateFeed: feed } });
  const { settings } = await call('settingsGet', {});
  expect(settings).not.toHaveProperty('updateFeed');
  for (const updateFeed of ['https://thief.example/x', feed, undefined])
    expect(await call('settingsSet', { settings: { ...settings, updateFeed: updateFeed ?? null } })).toEqual({
      errors: [{ pointer: '/updateFeed', detail: 'can be set in settings.json alone' }],
    });
  expect(await save({ dedupeWindowMs: 5 })).not.toHaveProperty('settings.updateFeed');
  expect(JSON.parse(readFileSync(join(dataDir, 'settings.json'), 'utf8'))).toMatchObject({
    dedupeWindowMs: 5,
    updateFeed: feed,
  });
});
