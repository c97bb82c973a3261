/**
 * What went wrong in the service that poptray replaces: one test for each complaint, over the whole pipeline.
 * The parts are tested further in:
 *
 * | lesson                                   | file                                           |
 * |------------------------------------------|------------------------------------------------|
 * | host prefix match, schemes, ports, case  | check-target.test.ts                           |
 * | required CSP directives                  | ../policy/required-directives.test.ts          |
 * | encoding, separators, routes, order      | inject-context.test.ts                         |
 * | shadowed names, user ids                 | trigger-schema.test.ts, genesys-cloud.test.ts  |
 * | signatures                               | ../destinations/sign.test.ts, deliver-retries… |
 * | keys                                     | idempotency.test.ts, holding-back.test.ts      |
 * | 409, 204, unreadable replies, 401        | deliver-replies.test.ts, genesys-cloud.test.ts |
 * | retries, waits, deadlines, cancellation  | deliver-retries.test.ts, deliver-deadlines…    |
 * | tokens shared, renewed, kept             | ../auth/token-cache.test.ts                    |
 * | the local server; no bare 500            | ../endpoint/, problems.test.ts there           |
 * | webhooks                                 | ../webhooks/, notify.test.ts                   |
 * | focus, latency, failures in the log      | audit-entries.test.ts                          |
 * | hang-up, stale and repeated pops         | holding-back.test.ts                           |
 * | the off switch                           | ../e2e/ui.test.ts                              |
 * | windows that steal the focus             | ../electron/window.test.ts, shell.test.ts      |
 * | browsers' local-network permission       | ../endpoint/origin.test.ts                     |
 */
import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createFramingMonitor } from '../../main/compatibility/framing-monitor.ts';
import { screenPop } from '../../main/destinations/genesys-cloud/genesys-cloud.ts';
import { signingKey } from '../../main/destinations/http/sign.ts';
import { targetVerdict } from '../../main/policy/target-verdict.ts';
import { framingSchema } from '../../shared/framing.ts';
import { triggerSchema } from '../../shared/trigger.ts';
import { reply } from './fakes.ts';
import { createWorld, USER, type World } from './world.ts';

const PAGE = 'https://app.mydashboard.com/agent-view';

/** A world whose one page is at this address, on the sample's list of origins. */
function worldWithPage(baseUri: string): World {
  const world = createWorld();
  const applications = world.settings.config.applications.map((one) => ({ ...one, baseUri }));
  world.settings.config = { ...world.settings.config, applications };
  return world;
}

describe('validation and URL', () => {
  test.each([
    'https://app.mydashboard.com.evil.com/',
    'javascript:alert(1)//app.mydashboard.com',
    'http://app.mydashboard.com/',
    'https://app.mydashboard.com:8443/',
    'https://app.mydashboard.com@evil.com/',
    'https://app.mydashboard.com./',
  ])('a page that is not on the list is not shown: %s', async (baseUri) => {
    const { fail, http } = worldWithPage(baseUri);
    expect((await fail()).code).toBe('target_not_allowed');
    expect(http.calls).toEqual([]);
  });

  test('an upper-case host is no other host', async () => {
    expect((await worldWithPage(PAGE.replace('app.my', 'APP.My')).pop()).status).toBe('delivered');
  });

  test('the fragment is encoded once', async () => {
    const { pop, sent } = createWorld();
    await pop({ customerData: { name: 'Jane Doe' } });
    expect(sent()[0]?.uri).toBe(`${PAGE}#name=Jane%20Doe`);
  });

  test.each([
    ["frame-ancestors https://*.genesys.cloud; script-src 'self'", 'delivered'],
    ["frame-ancestors https://apps.genesys.cloud; script-src 'self'", 'target_not_frameable'],
    ["frame-ancestors https://*.genesys.cloud; script-src 'self' 'unsafe-inline'", 'target_not_frameable'],
    ['frame-ancestors https://*.genesys.cloud', 'target_not_frameable'],
  ])('the CSP directives that an application requires are looked at: %s', async (policy, outcome) => {
    const { settings, send, clock } = createWorld();
    const framing = framingSchema.parse({
      mode: 'enforce',
      embedder: 'https://apps.genesys.cloud',
      directives: [
        { directive: 'frame-ancestors', rule: 'must-allow', sources: ['https://*.genesys.cloud'] },
        { directive: 'script-src', rule: 'must-not-exceed', sources: ["'self'"] },
      ],
    });
    const watch = createFramingMonitor({
      clock,
      judge: async ({ page, embedder, directives }) =>
        targetVerdict(
          { pageUrl: page, headers: [['Content-Security-Policy', policy]] },
          embedder,
          directives,
        ),
      onVerdict: () => {},
    });
    const applications = settings.config.applications.map((one) => ({ ...one, framing }));
    watch.use({ applications, destinations: [{ id: 'genesys', kind: 'simulator' }] });
    settings.config = { ...settings.config, applications };
    settings.framing = watch.check;
    const answered = send().then(
      ({ body }) => JSON.parse(body).status,
      ({ code }) => code,
    );
    await clock.advance(0);
    expect(await answered).toBe(outcome);
  });

  test('a value cannot inject parameters', async () => {
    const { pop, sent } = createWorld();
    await pop({ sessionToken: 'real', customerData: { name: 'A&sessionToken=evil' } });
    const hash = new URL(sent()[0]?.uri ?? '').hash.slice(1);
    expect([...new URLSearchParams(hash)]).toEqual([
      ['sessionToken', 'real'],
      ['name', 'A&sessionToken=evil'],
    ]);
  });

  test('a route stays', async () => {
    const { pop, sent } = worldWithPage(`${PAGE}#/route`);
    await pop({ customerData: { name: 'Ada' } });
    expect(sent()[0]?.uri).toBe(`${PAGE}#/route?name=Ada`);
  });

  test('the same input gives the same URL, in the order of the input', async () => {
    const { pop, sent } = createWorld();
    const customerData = Object.fromEntries(Array.from({ length: 32 }, (_, n) => [`z${31 - n}`, `${n}`]));
    for (let n = 0; n < 5; n += 1) await pop({ customerData });
    expect(new Set(sent().map(({ uri }) => uri)).size).toBe(1);
    const hash = new URL(sent()[0]?.uri ?? '').hash.slice(1);
    expect([...new URLSearchParams(hash).keys()]).toEqual(Object.keys(customerData));
  });

  test.each([
    ['a name that shadows sessionToken', { customerData: { sessionToken: 'evil' } }],
    ['a user id with a slash', { userId: '../admin/users' }],
    ['a user id with a question mark', { userId: 'a?b' }],
    ['an empty user id', { userId: '' }],
  ])('%s is refused', (_name, fields) => {
    expect(triggerSchema.safeParse({ userId: USER, ...fields }).success).toBe(false);
  });
});

describe('signing and idempotency', () => {
  test('the one signature is that of the bytes that go out, in every attempt', async () => {
    const { pop, http } = createWorld();
    http.next(reply(429), reply(500));
    await pop({ customerData: { name: 'é😀' } });
    expect(http.calls).toHaveLength(3);
    for (const { request } of http.calls) {
      const expected = createHmac('sha256', 'signing-secret')
        .update(request.body ?? '')
        .digest('base64');
      expect(request.headers['x-payload-signature']).toBe(expected);
    }
  });

  test('the signature is checked right before the bytes go out', async () => {
    const declaration = screenPop('https://api.test');
    let body = Buffer.alloc(0);
    const tapped: typeof declaration = {
      ...declaration,
      call(pop) {
        const call = declaration.call(pop);
        body = Buffer.from(call.body ?? []);
        return { ...call, body };
      },
    };
    const { send, http, tokens, clock } = createWorld({ declaration: tapped });
    tokens.next({ afterMs: 100 });
    const failed = expect(send()).rejects.toMatchObject({ code: 'internal' });
    await clock.advance(50);
    body[0] = 0;
    await clock.advance(50);
    await failed;
    expect(http.calls).toEqual([]);
  });

  test('an empty secret signs nothing', () => {
    expect(() => signingKey('')).toThrow(RangeError);
  });

  test('the caller’s key is the one in body, header, answer and log', async () => {
    const { pop, sent, http, log } = createWorld();
    const { idempotencyKey } = await pop({ idempotencyKey: 'caller-1' });
    const [entry] = log.entries;
    expect([
      idempotencyKey,
      sent()[0]?.idempotencyKey,
      http.calls[0]?.request.headers['idempotency-key'],
      entry?.idempotencyKey,
    ]).toEqual(['caller-1', 'caller-1', 'caller-1', 'caller-1']);
  });

  test('a softphone that sends its trigger again gets no second pop', async () => {
    const { pop, http } = createWorld();
    const trigger = { idempotencyKey: 'caller-1', customerData: { name: 'Ada' } };
    expect(await pop(trigger)).toEqual(await pop(trigger));
    expect(http.calls).toHaveLength(1);
  });

  test.each([
    ['its original reply', { windowFocused: true }, true],
    ['a body that cannot be read', 'garbage', null],
  ])('a 409 with %s is a delivery, said to be a duplicate', async (_name, body, windowFocused) => {
    const { pop, http, log } = createWorld();
    http.next(reply(409, body));
    expect(await pop()).toMatchObject({ status: 'delivered', duplicate: true, windowFocused });
    expect(log.entries[1]).toMatchObject({ duplicate: true, success: true, windowFocused });
  });
});

describe('delivery', () => {
  test('the attempt after a 429 with a body sends the body', async () => {
    const { pop, http } = createWorld();
    http.next(reply(429, { message: 'slow down' }));
    await pop();
    const [first, second] = http.calls;
    expect(second?.body).toBe(first?.body);
    expect(second?.body).toMatch(/^\{.+\}$/);
  });

  test('the waits are those of Retry-After, else they have jitter; none follows the last attempt', async () => {
    const { fail, http, log } = createWorld();
    http.next(reply(429, '', { 'retry-after': '3' }), reply(429), reply(429));
    await fail();
    const [first, ...later] = http.calls.map(({ at }) => at);
    expect(later.map((at) => at - (first ?? 0))).toEqual([3000, 3000 + 0.5 * 2000]);
    expect(log.entries[1]?.latencyMs).toBe(4000);
  });

  test('a wait ends when poptray stops', async () => {
    const { send, stop, http, clock } = createWorld();
    http.next(reply(429, '', { 'retry-after': '10' }));
    const failed = expect(send()).rejects.toMatchObject({ code: 'upstream_unavailable' });
    await clock.advance(1000);
    stop();
    await clock.advance(0);
    await failed;
    expect(http.calls).toHaveLength(1);
  });

  test.each([
    ['a lost connection', 'connection'],
    ['an unreachable host', 'unreachable'],
    ['a 500', reply(500)],
    ['a 503', reply(503)],
    ['a 401', reply(401)],
  ] as const)('%s is tried again', async (_name, trouble) => {
    const { pop, http } = createWorld();
    http.next(trouble);
    expect((await pop()).status).toBe('delivered');
    expect(http.calls).toHaveLength(2);
  });

  test('a 204 is a delivery, and is in the log', async () => {
    const { pop, http, log } = createWorld();
    http.next(reply(204));
    expect(await pop()).toMatchObject({ status: 'delivered', windowFocused: null });
    expect(log.story()).toEqual(['intent', 'result delivered']);
    expect(http.calls).toHaveLength(1);
  });
});
