/** The destination `http`, by itself and through the whole app over real sockets. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { declare } from '../../main/destinations/any-http/any-http.ts';
import { fill, valueAt } from '../../main/destinations/any-http/json-template.ts';
import type { HttpReply } from '../../main/network/http.ts';
import type { Pop } from '../../main/pipeline/ports.ts';
import { type DestinationConfig, destinationSchema, formOf } from '../../shared/destinations/forms.ts';
import { secretsOf } from '../../shared/secrets.ts';
import { settingsSchema } from '../../shared/settings.ts';
import { reply, startStubDestination } from '../support/stub-destination.ts';
import { startTestApp, USER } from '../support/test-app.ts';

type Config = Extract<DestinationConfig, { kind: 'http' }>;

const SECRET = 'MARKED-s3cret';
const URI = 'https://app.test/#name=Ada';
const POP: Pop = {
  popId: 'pop-1',
  idempotencyKey: 'key-1',
  userId: 'agent-1',
  applicationId: 'com.example/crm',
  uri: URI,
  allowedOrigins: [],
  state: { priority: 'high' },
};

const configOf = (more: object) =>
  destinationSchema.parse({ id: 'http', kind: 'http', url: 'https://crm.test/pops', ...more }) as Config;
const callOf = (more: object, pop: Partial<Pop> = {}) =>
  declare(configOf(more), SECRET).call({ ...POP, ...pop });
const bodyOf = (more: object) => JSON.parse(Buffer.from(callOf(more).body ?? []).toString());

describe('settings', () => {
  test.each([
    'https://crm.test/a/{user}',
    'https://crm.test/a{/user,application}{?popId}&x=1',
    'https://crm.test/?a=1{&popId,idempotencyKey}',
    'http://127.0.0.1:9000/{user}',
    'https://crm.test/hooks/{token}',
    'https://crm.test/hooks/{token}/pop?agent={user}',
    'https://crm.test/h{/token}',
  ])('take the address %s', (url) => {
    expect(destinationSchema.safeParse({ id: 'http', kind: 'http', url }).error).toBeUndefined();
  });

  test.each([
    ['no host of its own', 'https://{user}.test/'],
    ['a host that goes on', 'https://crm.test{user}/'],
    ['no slash', 'https://crm.test'],
    ['plain http', 'http://crm.test/'],
    ['userinfo', 'https://a:b@crm.test/'],
    ['a fragment', 'https://crm.test/#a'],
    ['the page and its context', 'https://crm.test/?to={uri}'],
    ['the state', 'https://crm.test/{state}'],
    ['another operator', 'https://crm.test/{+user}'],
    ['a modifier', 'https://crm.test/{user:3}'],
    ['a brace', 'https://crm.test/{user'],
    ['a token that is no segment', 'https://crm.test/x{token}'],
    ['a token in the query', 'https://crm.test/?t={token}'],
    ['a token among the query’s', 'https://crm.test/{?token}'],
  ])('refuse an address with %s', (_what, url) => {
    expect(destinationSchema.safeParse({ id: 'http', kind: 'http', url }).success).toBe(false);
  });

  test.each([
    ['a header of poptray’s own', { headers: { Authorization: 'x' } }],
    ['the context in a header', { headers: { 'x-page': '{uri}' } }],
    ['a header of two lines', { headers: { 'x-a': 'a\nb' } }],
    ['an unknown name in the body', { body: { a: '{customer}' } }],
    ['the token in the body', { body: { a: '{token}' } }],
    ['a body with GET', { method: 'GET', body: {} }],
    ['a focus that is no pointer', { focus: 'focused' }],
    ['a colon in a user name', { auth: { kind: 'basic', username: 'a:b' } }],
    ['another’s member', { region: 'mypurecloud.de' }],
  ])('refuse %s', (_what, more) => {
    const made = { id: 'http', kind: 'http', url: 'https://crm.test/', ...more };
    expect(destinationSchema.safeParse(made).success).toBe(false);
  });

  test.each<[object, [string, string][]]>([
    [{}, []],
    [{ auth: { kind: 'bearer' } }, [['destination:http:token', 'https://crm.test']]],
    [{ url: 'https://crm.test/{token}' }, [['destination:http:token', 'https://crm.test']]],
    [{ auth: { kind: 'basic', username: 'u' } }, [['destination:http:password', 'https://crm.test']]],
    [
      { auth: { kind: 'oauth', tokenUrl: 'https://login.test/t', clientId: 'c' } },
      [['destination:http:client-secret', 'https://login.test']],
    ],
  ])('%j have use for the secrets %j', (more, expected) => {
    const settings = settingsSchema.parse({ destinations: [configOf(more)] });
    expect(secretsOf(settings, []).map(({ name, origin }) => [name, origin])).toEqual(expected);
  });

  test('that look at a page’s framing have to say what frames it, for the destination does not', () => {
    const application = { id: 'a', baseUri: 'https://a.test/', allowedOrigins: ['https://a.test'] };
    const pathsOf = (framing: object | undefined) =>
      settingsSchema
        .safeParse({ destinations: [configOf({})], applications: [{ ...application, framing }] })
        .error?.issues.map(({ path }) => path.join('/'));
    expect(pathsOf(undefined)).toBeUndefined();
    expect(pathsOf({ mode: 'off' })).toBeUndefined();
    expect(pathsOf({ mode: 'enforce', embedder: 'https://desk.test' })).toBeUndefined();
    expect(pathsOf({ mode: 'enforce' })).toEqual(['applications/0/framing/embedder']);
  });

  test('are told to people without secrets', () => {
    const config = configOf({ url: 'https://crm.test/{token}', auth: { kind: 'basic', username: 'u' } });
    expect(formOf(config).describeInFull(config)).toBe('POST https://crm.test/{token} as u');
  });
});

describe('the call', () => {
  test('fills the address by RFC 6570; the log gets the template, people see no secret', () => {
    const call = callOf({ url: 'https://crm.test/{token}/a/{user}{/application}{?popId,idempotencyKey}' });
    const rest = 'a/agent-1/com.example%2Fcrm?popId=pop-1&idempotencyKey=key-1';
    expect(call.url).toBe(`https://crm.test/${SECRET}/${rest}`);
    expect(call.shownUrl?.()).toBe(`https://crm.test/{token}/${rest}`);
    expect(call.endpoint).toBe('https://crm.test/{token}/a/{user}{/application}{?popId,idempotencyKey}');
  });

  test('keeps every value in the segment or parameter that it was put into', () => {
    const hostile = fc.string({
      unit: fc.constantFrom('/', '?', '#', '%', '\\', '@', '&', '=', '.', 'a', '😀'),
      minLength: 1,
    });
    fc.assert(
      fc.property(hostile, (user) => {
        const make = () => new URL(callOf({ url: 'https://crm.test/a/{user}/b{?user}', user }).url);
        if (/^\.\.?$/.test(user)) {
          expect(make).toThrow(expect.objectContaining({ code: 'not_configured' }));
          return;
        }
        const { host, pathname, searchParams, hash } = make();
        expect([host, pathname.split('/').length, hash]).toEqual(['crm.test', 4, '']);
        expect([decodeURIComponent(pathname.split('/')[2] ?? ''), searchParams.get('user')]).toEqual([
          user,
          user,
        ]);
      }),
    );
  });

  test.each(['.', '..'])(
    'refuses a key that would walk up the path (%s), and says which field it is',
    (key) => {
      expect(() => callOf({ url: 'https://crm.test/a/{idempotencyKey}' }, { idempotencyKey: key })).toThrow(
        expect.objectContaining({ code: 'invalid_trigger' }),
      );
    },
  );

  test('refuses it also before a query', () => {
    const config = { url: 'https://crm.test/a/{idempotencyKey}?a=b' };
    expect(() => callOf(config, { idempotencyKey: '..' })).toThrow(
      expect.objectContaining({ code: 'invalid_trigger' }),
    );
  });

  test('refuses an application whose id would walk up the path, and says that the settings are at fault', () => {
    expect(() => callOf({ url: 'https://crm.test/{application}/x' }, { applicationId: '..' })).toThrow(
      expect.objectContaining({ code: 'not_configured' }),
    );
  });

  test('fills body and headers', () => {
    const body = {
      page: '{uri}',
      state: '{state}',
      text: 'for {user}: {state}',
      list: [1, null, '{popId}'],
      raw: '{ x }',
    };
    expect(bodyOf({ body })).toEqual({
      page: URI,
      state: { priority: 'high' },
      text: 'for agent-1: {"priority":"high"}',
      list: [1, null, 'pop-1'],
      raw: '{ x }',
    });
    const headers = { 'Idempotency-Key': '{idempotencyKey}', 'X-App': 'app {application}' };
    expect(callOf({ body, headers }).headers).toEqual({
      'content-type': 'application/json',
      'idempotency-key': 'key-1',
      'x-app': 'app com.example/crm',
    });
    expect(callOf({ headers }, { applicationId: 'é' }).headers['x-app']).toBe('app%20%C3%A9');
  });

  test('has the user that the settings name, and no body where they name none', () => {
    const call = callOf({ method: 'GET', url: 'https://crm.test/{user}', user: '4711' });
    expect([call.method, call.url, call.body]).toEqual(['GET', 'https://crm.test/4711', null]);
  });

  test('puts no text of the pop in the place of a name', () => {
    fc.assert(
      fc.property(fc.string(), (uri) => {
        expect(fill({ a: '{uri}', b: 'x{uri}' }, { uri })).toEqual({ a: uri, b: `x${uri}` });
      }),
    );
    expect(fill('{uri}{popId}', { uri: '{popId}', popId: 'p' })).toBe('{popId}p');
  });
});

describe('a reply', () => {
  const judge = (more: object, status: number, body = '') =>
    declare(configOf(more), '').judge({ status, body, headers: {} } satisfies HttpReply, 7000);
  const delivered = (windowFocused: boolean | null, duplicate = false) => ({
    kind: 'delivered',
    windowFocused,
    duplicate,
  });

  test.each<[object, number, string, object]>([
    [{}, 200, '', delivered(null)],
    [{}, 204, 'x', delivered(null)],
    [{ focus: '/w/0/f' }, 200, '{"w":[{"f":true}]}', delivered(true)],
    [{ focus: '/f' }, 200, '{"f":false}', delivered(false)],
    [{ focus: '/f' }, 200, '{"f":"yes"}', delivered(null)],
    [{ focus: '/f' }, 200, '<html>', delivered(null)],
    [{ focus: '/f' }, 204, '', delivered(null)],
    [{ success: [202] }, 202, '', delivered(null)],
    [{ success: [200, 409], keyed: true }, 409, '', delivered(null, true)],
    [{ success: [202] }, 200, '', { kind: 'retry', code: 'upstream_failed' }],
    [{}, 302, '', { kind: 'refused', code: 'upstream_rejected' }],
    [{}, 403, '', { kind: 'refused', code: 'upstream_forbidden' }],
    [{}, 404, '', { kind: 'refused', code: 'upstream_rejected' }],
    [{}, 409, '', { kind: 'refused', code: 'upstream_rejected' }],
    [{}, 429, '', { kind: 'retry', code: 'upstream_rate_limited', retryAfterMs: 7000 }],
    [{}, 503, '', { kind: 'retry', code: 'upstream_failed', retryAfterMs: 7000 }],
  ])('under %j of %i %j is judged', (more, status, body, expected) => {
    expect(judge(more, status, body)).toMatchObject(expected);
  });

  test.each([
    ['/a~1b/m~0n', 1],
    ['/', 2],
    ['/a', undefined],
    ['/__proto__', undefined],
    ['/toString', undefined],
    ['//x', undefined],
  ])('is read at the pointer %s', (pointer, value) => {
    expect(valueAt({ 'a/b': { 'm~n': 1 }, '': 2 }, pointer)).toBe(value);
  });
});

describe('over the whole app', () => {
  const TRIGGER = { userId: USER, customerData: { name: 'Ada' } };

  /** A service whose replies the test decides, and poptray with it as the destination. */
  async function start(more: (url: string) => object, secrets: Record<string, string> = {}) {
    const stub = await startStubDestination();
    const destination = configOf({
      url: `${stub.url}/agents/{user}/pops`,
      body: { page: '{uri}' },
      ...more(stub.url),
    });
    const app = await startTestApp({
      settings: { destinations: [destination], attemptTimeoutMs: 400, totalDeadlineMs: 4000 },
    });
    for (const [name, value] of Object.entries(secrets))
      expect(await app.dashboard.call('secretSet', { name: name as never, value })).toMatchObject({
        ok: true,
        value: { refused: null },
      });
    return { stub, app };
  }

  test('a pop arrives, with the page in its body, and the log has the template alone', async () => {
    const { stub, app } = await start((url) => ({ url: `${url}/{token}/agents/{user}` }), {
      'destination:http:token': SECRET,
    });
    expect(await (await app.post(TRIGGER)).json()).toMatchObject({
      status: 'delivered',
      windowFocused: null,
    });
    expect(stub.pops[0]).toMatchObject({ method: 'POST', path: `/${SECRET}/agents/${USER}` });
    expect(JSON.parse(String(stub.pops[0]?.body))).toEqual({
      page: expect.stringMatching(/#name=Ada$/),
    });
    expect(app.entries().at(-1)).toMatchObject({
      status: 'delivered',
      endpoint: `${stub.url}/{token}/agents/{user}`,
    });
    expect(JSON.stringify(app.entries())).not.toContain(SECRET);
    const preview = await app.dashboard.call('popPreview', { trigger: TRIGGER });
    expect(JSON.stringify(preview)).not.toContain(SECRET);
  });

  test.each<[string, object, Record<string, string>, string | undefined]>([
    ['none', { kind: 'none' }, {}, undefined],
    ['a bearer token', { kind: 'bearer' }, { 'destination:http:token': 'tok' }, 'Bearer tok'],
    [
      'user and password',
      { kind: 'basic', username: 'u' },
      { 'destination:http:password': 'p' },
      `Basic ${btoa('u:p')}`,
    ],
  ])('credentials: %s', async (_name, auth, secrets, expected) => {
    const { stub, app } = await start(() => ({ auth }), secrets);
    expect((await app.post(TRIGGER)).status).toBe(200);
    expect(stub.pops[0]?.headers.authorization).toBe(expected);
  });

  test('credentials: OAuth, whose token is renewed once', async () => {
    const { stub, app } = await start(
      (url) => ({ auth: { kind: 'oauth', tokenUrl: `${url}/oauth/token`, clientId: 'a:b c' } }),
      { 'destination:http:client-secret': 's-1/é' },
    );
    stub.onPop(reply(401));
    expect((await app.post(TRIGGER)).status).toBe(200);
    expect([stub.tokenCalls.length, stub.pops.length]).toEqual([2, 2]);
    expect(stub.tokenCalls[0]?.headers.authorization).toBe(`Basic ${btoa('a%3Ab+c:s-1%2F%C3%A9')}`);
  });

  test('without its secret nothing is sent, and the answer says which it is', async () => {
    const { stub, app } = await start(() => ({ auth: { kind: 'bearer' } }));
    const answer = await app.post(TRIGGER);
    expect([answer.status, await answer.json()]).toEqual([
      503,
      expect.objectContaining({ code: 'not_configured', detail: 'not set: destination:http:token' }),
    ]);
    expect(stub.pops).toEqual([]);
  });

  const broken = {
    'a lost reply': (_received: unknown, response: { destroy(): void }) => response.destroy(),
    'a 503': reply(503, {}, { 'retry-after': '0' }),
    'no reply in time': () => {},
  };

  test.each(Object.entries(broken))(
    '%s, where it keeps no keys, is not tried again, for nobody knows what became of the pop',
    async (_name, handler) => {
      const { stub, app } = await start(() => ({}));
      stub.onPop(handler as never);
      const answer = await app.post({ ...TRIGGER, idempotencyKey: 'k' });
      expect([answer.status, await answer.json()]).toEqual([
        504,
        expect.objectContaining({ code: 'outcome_unknown' }),
      ]);
      expect(app.entries().at(-1)).toMatchObject({ status: 'unknown', code: 'outcome_unknown', attempts: 1 });
      expect((await app.post({ ...TRIGGER, idempotencyKey: 'k' })).status).toBe(504);
      expect(stub.pops).toHaveLength(1);
      expect((await app.post({ ...TRIGGER, idempotencyKey: 'k', repeat: true })).status).toBe(200);
    },
  );

  test.each([{ keyed: true }, { repeat: true }])(
    'a lost reply under %j is tried again with the same bytes',
    async (more) => {
      const { stub, app } = await start(() => more);
      stub.onPop(broken['a lost reply'] as never);
      expect((await app.post(TRIGGER)).status).toBe(200);
      const [first, second] = stub.pops;
      expect([stub.pops.length, second?.body]).toEqual([2, first?.body]);
    },
  );

  test('under repeat alone, what no attempt has told is known to nobody, and a further trigger of the call sends nothing', async () => {
    const { stub, app } = await start(() => ({ repeat: true }));
    stub.onPop(broken['a 503'], broken['a 503'], broken['a 503']);
    const trigger = { ...TRIGGER, interactionId: 'call-1', idempotencyKey: 'k' };
    for (const phase of ['ringing', 'ringing'])
      expect(await (await app.post({ ...trigger, phase })).json()).toMatchObject({ code: 'outcome_unknown' });
    const answered = await app.post({ ...trigger, phase: 'answered', idempotencyKey: 'l' });
    expect(await answered.json()).toMatchObject({ status: 'suppressed', reason: 'unknown' });
    expect(stub.pops).toHaveLength(3);
  });

  test('what cannot have arrived is tried again without keys too', async () => {
    const { stub, app } = await start(() => ({}));
    stub.onPop(reply(429, {}, { 'retry-after': '0' }));
    expect((await app.post(TRIGGER)).status).toBe(200);
    expect(stub.pops).toHaveLength(2);
  });

  test('a redirect is not followed', async () => {
    const { stub, app } = await start(() => ({}));
    stub.onPop(reply(307, {}, { location: `${stub.url}/elsewhere` }));
    expect(await (await app.post(TRIGGER)).json()).toMatchObject({ code: 'upstream_rejected' });
    expect(stub.pops).toHaveLength(1);
  });
});
