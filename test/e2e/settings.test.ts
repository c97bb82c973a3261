/** Settings and secrets of the dashboard, over the real app: they count at once, and after a restart. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { Settings } from '../../shared/settings.ts';
import { openSession } from '../support/dashboard-session.ts';
import { WEBHOOK_SECRET } from '../support/environment.ts';
import { startReceiver, status, verified } from '../support/receiver.ts';
import { reply, startStubDestination } from '../support/stub-destination.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startTestApp, type TestAppOptions, USER } from '../support/test-app.ts';

const CRM = {
  id: 'crm',
  baseUri: 'https://crm.example/x',
  allowedOrigins: ['https://crm.example'],
  state: {},
  mode: 'all' as const,
};
const OTHER_SECRET = `whsec_${Buffer.alloc(32, 6).toString('base64')}`;
const SECRETS = { 'destination:genesys:client-secret': 'one', 'destination:genesys:signing-secret': 'two' };
const trigger = { userId: USER };
const at = (baseUrl: string): Settings['destinations'][number] => ({
  id: 'genesys',
  kind: 'genesys-screenpops',
  baseUrl,
  clientId: 'client',
  scope: '',
});

/** An app that takes its rate limit from the file, with a session in which to change things. */
async function open(options: TestAppOptions = {}) {
  const app = await startTestApp({ ...options, env: { POPTRAY_RATE_LIMIT: '', ...options.env } });
  const session = await openSession(app);
  const save = async (part: Partial<Settings>, entered: Readonly<Record<string, string>> = {}) => {
    const { settings } = await session.call('settingsGet', {});
    const secrets = Object.entries(entered).map(([name, value]) => ({ name, value }));
    return session.call('settingsSet', { settings: { ...settings, ...part }, secrets });
  };
  const post = async (body: object, headers = {}) => {
    const response = await app.post(body, headers);
    return { status: response.status, headers: response.headers, body: (await response.json()) as object };
  };
  return { ...session, app, save, post };
}

describe('what is saved in the dashboard', () => {
  test('is read after a restart, secrets too', async () => {
    const destination = await startStubDestination();
    const dataDir = join(tempDir(), 'data');
    const first = await open({ dataDir });
    const changes = { destinations: [at(destination.url)], applications: [CRM], dedupeWindowMs: 1234 };
    await first.save(changes, SECRETS);
    const before = await first.call('settingsGet', {});
    await first.app.stop();

    const second = await open({ dataDir });
    expect(await second.call('settingsGet', {})).toEqual(before);
    expect((await second.post(trigger)).status).toBe(200);
    expect(JSON.parse(String(destination.pops[0]?.body))).toMatchObject({
      applicationId: 'crm',
      uri: 'https://crm.example/x',
    });
  });

  test('is refused as a whole, with a pointer, when a member does not fit', async () => {
    const { save, call } = await open();
    expect(await save({ dedupeWindowMs: -1, popPhases: ['ended'] })).toMatchObject({
      errors: [{ pointer: '/dedupeWindowMs' }],
    });
    expect((await call('settingsGet', {})).settings.popPhases).not.toContain('ended');
  });

  test('holds nothing of the environment, which goes on to win', async () => {
    const { save, app, call } = await open({ env: { POPTRAY_RATE_LIMIT: '7' } });
    await save({ rateLimit: 9, dedupeWindowMs: 5 });
    const { settings, fromEnvironment } = await call('settingsGet', {});
    expect(settings).toMatchObject({ rateLimit: 7, dedupeWindowMs: 5 });
    expect(fromEnvironment).toEqual(['port', 'rateLimit']);
    const file = JSON.parse(readFileSync(join(app.dataDir, 'settings.json'), 'utf8'));
    // The usual port is nobody's wish, so that the file does not name it.
    expect(file).not.toHaveProperty('port');
    expect(file).toMatchObject({ rateLimit: 60, dedupeWindowMs: 5 });
  });

  test('of two at once counts as the last one said', async () => {
    const { call, save } = await open();
    const { settings } = await call('settingsGet', {});
    await Promise.all(
      [1, 2, 3].map((n) => call('settingsSet', { settings: { ...settings, dedupeWindowMs: n } })),
    );
    expect((await call('settingsGet', {})).settings.dedupeWindowMs).toBe(3);
    await save({});
  });
});

describe('at once', () => {
  test('pops go to the destination that was set, and back to the simulator', async () => {
    const destination = await startStubDestination();
    const { call, save, post } = await open();
    expect(await call('status', {})).toMatchObject({ isSimulated: true });
    await save({ destinations: [at(destination.url)] });
    expect(await call('status', {})).toMatchObject({ isSimulated: false, isConfigured: false });
    expect(await post(trigger)).toMatchObject({ status: 503, body: { code: 'not_configured' } });

    await call('secretSet', { name: 'destination:genesys:client-secret', value: 'one' });
    await call('secretSet', { name: 'destination:genesys:signing-secret', value: 'two' });
    expect(await call('status', {})).toMatchObject({ isConfigured: true });
    expect(await post(trigger)).toMatchObject({ status: 200 });
    expect(destination.pops).toHaveLength(1);

    // Another client secret is what the next token is asked for with.
    await call('secretSet', { name: 'destination:genesys:client-secret', value: 'three' });
    await post(trigger);
    expect(destination.tokenCalls.map(({ headers }) => headers.authorization)).toEqual([
      `Basic ${btoa('client:one')}`,
      `Basic ${btoa('client:three')}`,
    ]);
    await call('secretSet', { name: 'destination:genesys:signing-secret', value: null });
    expect(await call('status', {})).toMatchObject({ isConfigured: false });

    await save({ destinations: [{ id: 'simulator', kind: 'simulator' }] });
    expect(await post(trigger)).toMatchObject({ status: 200 });
    expect(destination.pops).toHaveLength(2);
  });

  test('an open destination is used again, by pops and through changes of others; its own change opens it anew', async () => {
    const [destination, another] = await Promise.all([startStubDestination(), startStubDestination()]);
    const { call, save, post } = await open();
    const genesys = at(destination.url);
    const crm = { id: 'crm', kind: 'http', url: `${another.url}/pops`, auth: { kind: 'none' } } as never;
    await save({ destinations: [genesys] }, SECRETS);
    /** How often it has signed in once another pop was delivered. */
    const signedIn = async () => {
      expect(await post(trigger)).toMatchObject({ status: 200, body: { status: 'delivered' } });
      return destination.tokenCalls.length;
    };
    expect([await signedIn(), await signedIn()]).toEqual([1, 1]);
    await save({ dedupeWindowMs: 5 });
    expect(await signedIn()).toBe(1);
    await save({ destinations: [crm, genesys] });
    expect(await signedIn()).toBe(1);
    await call('secretSet', { name: 'destination:genesys:client-secret', value: 'one' });
    expect(await signedIn()).toBe(1);
    await save({ destinations: [{ ...genesys, scope: 'another' } as never, crm] });
    expect(await signedIn()).toBe(2);
    await call('secretSet', { name: 'destination:genesys:client-secret', value: 'three' });
    expect(await signedIn()).toBe(3);
    await save({ destinations: [crm] });
    await save({ destinations: [crm, genesys] });
    expect(await signedIn()).toBe(4);
    expect(destination.pops).toHaveLength(8);
  });

  test('a pop under way goes on with what it began with', async () => {
    const [before, after] = await Promise.all([startStubDestination(), startStubDestination()]);
    const { save, post } = await open();
    await save({ destinations: [at(before.url)] }, SECRETS);
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<() => void>();
    before.onPop((received, response) =>
      arrive(() => reply(503, {}, { 'retry-after': '0' })(received, response)),
    );
    const popping = post(trigger);
    const fail = await arrived;
    await save({ destinations: [at(after.url)], totalDeadlineMs: 1 });
    fail();
    expect(await popping).toMatchObject({ status: 200, body: { status: 'delivered' } });
    expect([before.pops.length, after.pops.length]).toEqual([2, 0]);
  });

  test('applications, phases, the dedupe window and the deadline count', async () => {
    const { save, post } = await open();
    expect((await post({ ...trigger, application: 'crm' })).status).toBe(422);
    const ended = { ...trigger, phase: 'ended', interactionId: 'call-1' };
    const before = { ...ended, interactionId: 'call-0' };
    expect((await post(before)).body).toMatchObject({ reason: 'policy' });
    await save({ applications: [CRM], popPhases: ['ended'] });
    expect((await post({ ...trigger, application: 'crm' })).status).toBe(200);
    expect((await post(ended)).body).toMatchObject({ status: 'delivered' });
    expect((await post(ended)).body).toMatchObject({ reason: 'ended' });
    const fromOne = { ...trigger, call: { from: '101' } };
    expect((await post(fromOne)).body).toMatchObject({ status: 'delivered' });
    expect((await post(fromOne)).body).toMatchObject({ reason: 'dedupe' });
    await save({ dedupeWindowMs: 0 });
    expect((await post(fromOne)).body).toMatchObject({ status: 'delivered' });

    const slow = await startStubDestination();
    slow.onPop(() => {});
    const env = { GENESYS_CLIENT_SECRET: 'one', SIGNING_SECRET: 'two' };
    const hanging = await open({ env, settings: { destinations: [at(slow.url)] } });
    await hanging.save({ totalDeadlineMs: 50 });
    expect(await hanging.post(trigger)).toMatchObject({ status: 504 });
  });

  test('the rate limit and the web pages that may call count', async () => {
    const { save, post } = await open();
    const page = { origin: 'https://softphone.example' };
    expect((await post(trigger, page)).status).toBe(403);
    await save({ rateLimit: 1, browserOrigins: [page.origin] });
    const first = await post(trigger, page);
    expect(first.headers.get('access-control-allow-origin')).toBe(page.origin);
    const statuses = await Promise.all(Array.from({ length: 5 }, async () => (await post(trigger)).status));
    expect(statuses).toContain(429);
    await save({ rateLimit: 0, browserOrigins: [] });
    expect((await post(trigger)).status).toBe(200);
    expect((await post(trigger, page)).status).toBe(403);
  });

  test('the log level counts', async () => {
    const { app, save } = await open();
    const log = () => readFileSync(join(app.dataDir, 'logs', 'poptray.log'), 'utf8');
    expect(log()).toContain('started');
    await save({ logLevel: 'error' });
    await app.stop();
    expect(log()).not.toContain('stopped');
  });

  test('the port does not, and the dashboard says so', async () => {
    const { save, call, post } = await open({ env: { POPTRAY_PORT: '' }, settings: { port: 0 } });
    expect(await save({ port: 1 })).toMatchObject({ settings: { port: 1 }, atNextStart: ['port'] });
    expect(await call('settingsGet', {})).toMatchObject({ atNextStart: ['port'] });
    expect((await post(trigger)).status).toBe(200);
    expect(await save({ port: 0 })).toMatchObject({ atNextStart: [] });
  });
});

describe('a webhook', () => {
  const named = (url: string) => ({ webhooks: [{ id: 'wallboard', url }] });

  test('is not taken without a secret, and is told of the next pop once it has one', async () => {
    const receiver = await startReceiver();
    const { call, save, post } = await open();
    const pointer = '/webhooks/0/secret';
    expect(await save(named(receiver.url))).toEqual({
      errors: [{ pointer, detail: 'has no secret to sign with: set it here' }],
    });
    const name = 'webhook-secret:wallboard' as const;
    const detail = expect.stringContaining('a webhook secret is "whsec_"');
    expect(await save(named(receiver.url), { [name]: 'whsec_no' })).toEqual({
      errors: [{ pointer, detail }],
    });
    expect(await call('secretSet', { name, value: WEBHOOK_SECRET })).toEqual({
      refused: expect.stringContaining('nothing that is saved has use for it yet'),
    });
    expect(await save(named(receiver.url), { [name]: WEBHOOK_SECRET })).not.toHaveProperty('errors');
    const place = { origin: receiver.url, enteredFor: receiver.url };
    expect(await call('secretList', {})).toContainEqual({
      name,
      label: 'secret of the webhook wallboard',
      source: 'file',
      ...place,
    });
    await post(trigger);
    await receiver.got(1);
    expect(receiver.received[0] && verified(receiver.received[0])).toMatchObject({ userId: USER });

    await call('secretSet', { name, value: OTHER_SECRET });
    await post(trigger);
    await receiver.got(2);
    const [, second] = receiver.received;
    expect(second && verified(second, OTHER_SECRET)).toMatchObject({ userId: USER });
  });

  test('that was stopped starts anew at another address, also for those who come later', async () => {
    const [gone, receiver] = await Promise.all([startReceiver(), startReceiver()]);
    gone.answer = status(410);
    const dataDir = join(tempDir(), 'data');
    const first = await open({ dataDir });
    const secrets = { 'webhook-secret:wallboard': WEBHOOK_SECRET };
    await first.save(named(gone.url), secrets);
    await first.post(trigger);
    await vi.waitFor(async () => expect((await first.call('webhookQueue', {})).dead).toHaveLength(1));
    await first.post(trigger);
    await first.save(named(receiver.url), secrets);
    await first.post(trigger);
    await receiver.got(1);
    expect(gone.received).toHaveLength(1);
    await first.app.stop();

    const second = await open({ dataDir });
    await second.post(trigger);
    await receiver.got(2);
  });

  test('that is removed is told of nothing more, and only then can its secret be cleared', async () => {
    const receiver = await startReceiver();
    const { app, call, save, post } = await open();
    const name = 'webhook-secret:wallboard' as const;
    await save(named(receiver.url), { [name]: WEBHOOK_SECRET });
    expect(await call('secretSet', { name, value: null })).toEqual({
      refused: 'the webhook wallboard signs with it: remove the webhook first',
    });
    await save({ webhooks: [] });
    expect(await call('secretSet', { name, value: null })).toEqual({ refused: null });
    await post(trigger);
    expect(app.entries().findLast(({ type }) => type === 'result')?.webhooks).toEqual([]);
    expect(receiver.received).toEqual([]);
  });
});

test('who subscribes to a member hears of its changes alone', async () => {
  const { app, save } = await open();
  const heard: unknown[] = [];
  const phases = app.runtimeConfig.select(({ settings }) => settings.popPhases);
  const end = phases.subscribe((value) => heard.push(value));
  await save({ dedupeWindowMs: 1 });
  await save({ popPhases: ['ended'] });
  end();
  await save({ popPhases: ['manual'] });
  expect(heard).toEqual([['ringing', 'answered', 'manual'], ['ended']]);
});
