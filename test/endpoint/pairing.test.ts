import { describe, expect, test } from 'vitest';
import { createLocalTokens } from '../../main/endpoint/local-tokens.ts';
import { createPairing, type PairingEnd } from '../../main/endpoint/pairing.ts';
import { privateFileAt } from '../../main/platform/private-file.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN } from '../support/test-app.ts';
import { startBareEndpoint } from './bare-endpoint.ts';
import { call, connect, requestText } from './raw-connection.ts';

const CRM = 'https://crm.example';
const EXTENSION = 'chrome-extension://abcdefghijklmnopabcdefghijklmnop';

async function setUp(isOwnPeer: () => boolean | undefined = () => true) {
  const clock = createFakeClock();
  const ends: PairingEnd[] = [];
  const file = privateFileAt(`${tempDir()}/tokens.json`);
  const tokens = createLocalTokens({ file, envToken: TOKEN, clock });
  const pairing = createPairing(tokens, clock, (end) => ends.push(end));
  const endpoint = await startBareEndpoint({
    identify: (token) => tokens.identify(token),
    isPaired: (origin) => tokens.isPaired(origin),
    pairing,
    isOwnPeer,
    clock,
  });
  const { port } = endpoint;
  /** Comes with a code, as a page would. */
  const pair = async (code: string, origin: string | null = CRM) => {
    const request = { path: '/pairings', body: JSON.stringify({ code }) };
    const reply = await call(port, {
      ...request,
      headers: { authorization: undefined, origin: origin ?? undefined },
    });
    return { ...reply, answer: JSON.parse(reply.body) };
  };
  const fire = (token: string, origin: string) =>
    call(port, { body: '{"userId":"a"}', headers: { authorization: `Bearer ${token}`, origin } });
  const wrong = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');
  return { ...endpoint, clock, ends, tokens, pairing, pair, fire, wrong };
}

describe('L16 pairing', () => {
  test.each([
    CRM,
    'http://localhost:3000',
    EXTENSION,
    'moz-extension://3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b',
  ])('gives %s a token for the code, and lets it call until the token is revoked', async (origin) => {
    const { pairing, pair, fire, ends, tokens } = await setUp();
    const { code } = pairing.open('crm');
    expect(code).toMatch(/^\d{6}$/);
    const { status, answer, headers } = await pair(`${code.slice(0, 3)} ${code.slice(3)}`, origin);
    expect([status, answer.name, headers['access-control-allow-origin']]).toEqual([200, 'crm', origin]);
    expect(ends).toEqual([{ outcome: 'paired', name: 'crm', origin }]);
    const popped = await fire(answer.token, origin);
    expect([popped.status, popped.headers['access-control-allow-origin']]).toEqual([200, origin]);
    tokens.revoke('crm');
    expect((await fire(answer.token, origin)).status).toBe(403);
  });

  test('answers a program without an origin as well', async () => {
    const { pairing, pair, tokens } = await setUp();
    expect((await pair(pairing.open('tool').code, '')).status).toBe(403);
    const { status, answer } = await pair(pairing.open('tool').code, null);
    expect(status).toBe(200);
    expect(tokens.identify(answer.token)).toBe('tool');
  });

  test('that nobody at the machine has opened is 403, whatever the code', async () => {
    const { pair, pairing } = await setUp();
    const foreign = await pair('123456');
    expect([foreign.status, foreign.answer.code]).toEqual([403, 'forbidden_origin']);
    expect(foreign.headers['access-control-allow-origin']).toBeUndefined();
    pairing.open('crm');
    pairing.close();
    expect((await pair('123456')).status).toBe(403);
  });

  test('takes a code once', async () => {
    const { pair, pairing, fire } = await setUp();
    const { code } = pairing.open('crm');
    const { answer } = await pair(code);
    const again = await pair(code);
    expect([again.status, again.answer.code]).toEqual([403, 'pairing_refused']);
    expect((await pair(code, 'https://other.example')).status).toBe(403);
    expect((await fire(answer.token, CRM)).status).toBe(200);
  });

  test('is locked after five wrong codes: the sixth is refused though it is right', async () => {
    const { pair, pairing, ends, wrong, tokens } = await setUp();
    const { code } = pairing.open('crm');
    for (let guess = 1; guess <= 5; guess++) {
      const { status, answer } = await pair(wrong(code));
      expect([status, answer.code]).toEqual([403, 'pairing_refused']);
    }
    expect(ends).toEqual([{ outcome: 'locked', name: 'crm', origin: CRM }]);
    expect((await pair(code)).status).toBe(403);
    expect(tokens.list()).toEqual([]);
  });

  test('W06 takes no guess of another user of the machine: the pairing stays open for its owner', async () => {
    let isOwn = false;
    const { pair, pairing, ends, wrong } = await setUp(() => isOwn);
    const { code } = pairing.open('crm');
    for (let guess = 1; guess <= 20; guess++) {
      const { status, answer } = await pair(guess === 7 ? code : wrong(code), null);
      expect([status, answer.code]).toEqual([403, 'pairing_refused']);
    }
    isOwn = true;
    expect((await pair(code)).status).toBe(200);
    expect(ends).toEqual([{ outcome: 'paired', name: 'crm', origin: CRM }]);
  });

  test('W06 where users cannot be told apart counts five for a connection, and fifty in all', async () => {
    const { pair, pairing, ends, wrong, port } = await setUp(() => undefined);
    const { code } = pairing.open('crm');
    const guesser = await connect(port);
    const guess = (text: string) => {
      const body = JSON.stringify({ code: text });
      guesser.send(requestText(port, { path: '/pairings', body, headers: { authorization: undefined } }));
      return guesser.reply();
    };
    for (let n = 1; n <= 8; n++) expect((await guess(wrong(code))).status).toBe(403);
    expect((await guess(code)).status).toBe(403);
    expect(ends).toEqual([]);
    for (let n = 1; n <= 44; n++) expect((await pair(wrong(code), null)).status).toBe(403);
    expect(ends).toEqual([]);
    expect((await pair(wrong(code), null)).status).toBe(403);
    expect(ends).toEqual([{ outcome: 'locked', name: 'crm', origin: null }]);
    expect((await pair(code)).status).toBe(403);
  });

  test('M02 that is not open is refused before the body', async () => {
    const { port, pairing } = await setUp();
    const begin = async () => {
      const connection = await connect(port);
      const headers = { authorization: undefined, 'content-length': '17' };
      connection.send(requestText(port, { path: '/pairings', headers, body: '' }));
      return connection;
    };
    expect((await (await begin()).reply()).problem.code).toBe('pairing_refused');
    const { code } = pairing.open('crm');
    const waiting = await begin();
    waiting.send(JSON.stringify({ code }));
    expect((await waiting.reply()).status).toBe(200);
  });

  test('is over after 120 s: 410', async () => {
    const { pair, pairing, ends, clock, wrong } = await setUp();
    const { code, until } = pairing.open('crm');
    expect(until).toBe(clock.now() + 120_000);
    await clock.advance(119_999);
    expect((await pair(wrong(code))).status).toBe(403);
    expect(ends).toEqual([]);
    await clock.advance(1);
    expect(ends).toEqual([{ outcome: 'expired', name: 'crm', origin: null }]);
    const late = await pair(code);
    expect([late.status, late.answer.code]).toEqual([410, 'pairing_expired']);
    expect(late.headers['access-control-allow-origin']).toBe(CRM);
    await clock.advance(120_000);
    expect((await pair(code)).answer.code).toBe('forbidden_origin');
  });

  test('has one code at a time', async () => {
    const { pair, pairing, ends, clock, wrong } = await setUp();
    const first = pairing.open('crm');
    let second = pairing.open('desk');
    while (second.code === first.code) second = pairing.open('desk');
    expect((await pair(first.code)).status).toBe(403);
    expect((await pair(second.code)).answer.name).toBe('desk');
    await clock.advance(120_000);
    expect(ends.map(({ outcome }) => outcome)).toEqual(['paired']);
    expect((await pair(wrong(second.code))).status).toBe(403);
  });

  test.each(['null', 'http://crm.example', 'https://crm.example/path', 'https://a b', 'file://', 'data:'])(
    'is not for %s',
    async (origin) => {
      const { pair, pairing } = await setUp();
      const { code } = pairing.open('crm');
      expect((await pair(code, origin)).answer.code).toBe('forbidden_origin');
    },
  );

  test('opens no other door to a stranger', async () => {
    const { port, pairing } = await setUp();
    pairing.open('crm');
    for (const path of [
      '/trigger-screenpop',
      '/healthz',
      '/pairings/open',
      '/pairings?x',
      '/identity',
      '/ui/',
    ]) {
      const reply = await call(port, { path, method: 'POST', headers: { origin: CRM } });
      expect([path, reply.status]).toEqual([path, 403]);
    }
  });

  test.each([
    ['environment', 'kept for poptray’s own use'],
    ['poptray-command', 'kept for poptray’s own use'],
    ['Grüße', 'must have 1 to 64'],
    ['', 'must have 1 to 64'],
    ['taken', 'There is a token named taken already'],
  ])('makes no token named "%s": %s', async (name, reason) => {
    const { pairing, tokens } = await setUp();
    tokens.create('taken');
    expect(() => pairing.open(name)).toThrow(reason);
  });
});

describe('the token of a softphone or a page', () => {
  test.each(['/ui/links', '/pairings/open'])('does not open %s', async (path) => {
    const { port, tokens } = await setUp();
    const request = { path, body: '{"name":"x"}' };
    const headers = { authorization: `Bearer ${tokens.create('softphone')}` };
    const reply = await call(port, { ...request, headers });
    expect([reply.status, reply.problem.code]).toEqual([403, 'forbidden_client']);
    expect((await call(port, request)).status).toBe(200);
  });
});
