import type { ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { OAuth2Server } from 'oauth2-mock-server';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type ClientCredentials, fetchToken } from '../../main/destinations/oauth/client-credentials.ts';
import { TokenFailure } from '../../main/destinations/oauth/token-source.ts';
import { createDispatcher, fetchThrough } from '../../main/network/dispatcher.ts';
import { createSystemClock } from '../../main/platform/clock.ts';
import { type CertificateName, makeCertificates } from '../support/certificates.ts';
import { nobody, serve } from '../support/servers.ts';

/** As Genesys Cloud makes them: a form-encoded `-`, `+` or `/` would be another secret. */
const CLIENT_ID = '3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b';
const CLIENT_SECRET = 'mark-Secret_1+2/3~x';

const fetch = fetchThrough(createDispatcher({ env: {} }, createSystemClock()));

function credentials(base: string, scope = 'screenpops:write'): ClientCredentials {
  const login = { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, basic: 'plain' } as const;
  return { tokenEndpoint: `${base}/oauth/token`, ...login, scope };
}

const never = new AbortController().signal;

async function failureOf(promise: Promise<unknown>): Promise<TokenFailure> {
  const failure = await promise.then(
    () => expect.fail('there was a token'),
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(TokenFailure);
  const said = inspect(failure, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true });
  for (const secret of [CLIENT_SECRET, CLIENT_ID, 'echoed-secret', btoa(`${CLIENT_ID}:${CLIENT_SECRET}`)]) {
    expect(said).not.toContain(secret);
  }
  return failure as TokenFailure;
}

test('whatever id and secret are, a server that decodes them by RFC 6749, appendix B, has them again', async () => {
  const decoded = (text: string) => decodeURIComponent(text.replaceAll('+', ' '));
  const text = fc.string({ unit: 'binary', minLength: 1 });
  await fc.assert(
    fc.asyncProperty(text, text, async (clientId, clientSecret) => {
      let authorization = '';
      const token = { access_token: 't', token_type: 'bearer' };
      await fetchToken(
        { ...credentials('https://login.test', ''), clientId, clientSecret, basic: 'form' },
        async (_url, init) => {
          authorization = new Headers(init?.headers).get('authorization') ?? '';
          return Response.json(token);
        },
      );
      const pair = Buffer.from(authorization.replace('Basic ', ''), 'base64').toString();
      expect(pair.split(':').map(decoded)).toEqual([clientId, clientSecret]);
    }),
  );
});

describe('with a real OAuth server', () => {
  async function startOAuth() {
    const server = new OAuth2Server(undefined, undefined, { endpoints: { token: '/oauth/token' } });
    await server.issuer.keys.generate('RS256');
    await server.start(0, '127.0.0.1');
    onTestFinished(() => server.stop());
    const calls: { authorization: string; contentType: string; body: object }[] = [];
    server.service.on('beforeResponse', (_response, { headers, body }) => {
      const { authorization = '', 'content-type': contentType = '' } = headers;
      calls.push({ authorization, contentType, body: { ...body } });
    });
    return { server, calls, base: `http://127.0.0.1:${server.address().port}` };
  }

  test('gets a token for id and secret as plain Basic, with grant and scope in the form', async () => {
    const { base, calls } = await startOAuth();
    const token = await fetchToken(credentials(base), fetch);
    expect(token).toEqual({
      value: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      lifetimeMs: 3_600_000,
    });
    expect(calls).toEqual([
      {
        authorization: `Basic ${btoa(`${CLIENT_ID}:${CLIENT_SECRET}`)}`,
        contentType: expect.stringContaining('application/x-www-form-urlencoded'),
        body: { grant_type: 'client_credentials', scope: 'screenpops:write' },
      },
    ]);
  });

  test('to other services, id and secret go form-urlencoded into Basic (RFC 6749 §2.3.1), and no more than that', async () => {
    const { base, calls } = await startOAuth();
    await fetchToken({ ...credentials(base), basic: 'form' }, fetch);
    expect(calls[0]?.authorization).toBe(`Basic ${btoa(`${CLIENT_ID}:mark-Secret_1%2B2%2F3%7Ex`)}`);
  });

  test('sends no scope when it is switched off', async () => {
    const { base, calls } = await startOAuth();
    await fetchToken(credentials(base, ''), fetch);
    expect(calls[0]?.body).toEqual({ grant_type: 'client_credentials' });
  });

  test('does not try again when the credentials are wrong', async () => {
    const { base, server } = await startOAuth();
    server.service.once('beforeResponse', (response) => {
      response.statusCode = 400;
      response.body = { error: 'invalid_client', error_description: 'echoed-secret' };
    });
    const failure = await failureOf(fetchToken(credentials(base), fetch));
    expect(failure).toMatchObject({ code: 'upstream_unauthorized', retryable: false });
  });
});

const JSON_TYPE = { 'content-type': 'application/json' };

type Answer = (response: ServerResponse) => void;

const json =
  (status: number, body: unknown, headers = {}): Answer =>
  (response) => {
    response.writeHead(status, { ...JSON_TYPE, ...headers }).end(JSON.stringify(body));
  };
const text =
  (status: number, body: string, headers = {}): Answer =>
  (response) => {
    response.writeHead(status, headers).end(body);
  };
const TOKEN = { access_token: 'echoed-secret', token_type: 'bearer' };

describe('what the token endpoint can answer', () => {
  const cases: [string, Answer, string, boolean][] = [
    ['401 invalid_client', json(401, { error: 'invalid_client' }), 'upstream_unauthorized', false],
    [
      '401 with a challenge',
      json(401, { error: 'invalid_client' }, { 'www-authenticate': 'Basic realm="echoed-secret"' }),
      'upstream_unauthorized',
      false,
    ],
    ['401 in plain text', text(401, 'echoed-secret'), 'upstream_unauthorized', false],
    ['400 invalid_scope', json(400, { error: 'invalid_scope' }), 'upstream_unauthorized', false],
    ['403', text(403, '<html>echoed-secret'), 'upstream_unauthorized', false],
    ['404', text(404, ''), 'upstream_unauthorized', false],
    ['408', text(408, ''), 'upstream_failed', true],
    ['429', json(429, { message: 'echoed-secret' }), 'upstream_rate_limited', true],
    ['500', text(500, 'echoed-secret'), 'upstream_failed', true],
    ['503', json(503, {}), 'upstream_failed', true],
    ['200 that is not JSON', text(200, 'echoed-secret'), 'upstream_failed', true],
    ['200 with half a JSON', text(200, '{"access_token":"echoed-secret', JSON_TYPE), 'upstream_failed', true],
    ['200 with a list', json(200, ['echoed-secret']), 'upstream_failed', true],
    ['200 without a token', json(200, { token_type: 'bearer' }), 'upstream_failed', true],
    ['200 with an empty token', json(200, { ...TOKEN, access_token: '' }), 'upstream_failed', true],
    ['200 with a number', json(200, { ...TOKEN, access_token: 7 }), 'upstream_failed', true],
    ['200 without a type', json(200, { access_token: 'echoed-secret' }), 'upstream_failed', true],
    ['200 of another type', json(200, { ...TOKEN, token_type: 'mac' }), 'upstream_failed', true],
    ['200 with a bad lifetime', json(200, { ...TOKEN, expires_in: 'soon' }), 'upstream_failed', true],
    ['200 with a negative one', json(200, { ...TOKEN, expires_in: -1 }), 'upstream_failed', true],
    [
      '200 with a token that splits the header',
      json(200, { ...TOKEN, access_token: 'echoed-secret\r\nx: y' }),
      'upstream_failed',
      true,
    ],
    ['204', (response) => response.writeHead(204).end(), 'upstream_failed', false],
    ['a reset', (response) => response.socket?.resetAndDestroy(), 'upstream_unavailable', true],
    [
      'a reset in the middle',
      (response) => {
        response.writeHead(200, { 'content-length': '99', ...JSON_TYPE });
        response.write('{"access_token":"echoed-secret"', () => response.socket?.destroy());
      },
      'upstream_failed',
      true,
    ],
  ];
  test.each(cases)('%s', async (_, answer, code, retryable) => {
    const base = await serve((_request, response) => answer(response));
    expect(await failureOf(fetchToken(credentials(base), fetch))).toMatchObject({ code, retryable });
  });

  test('a refusal is not read to its end, which may never come', async () => {
    const closed = Promise.withResolvers<void>();
    const base = await serve((_request, response) => {
      response.on('close', closed.resolve);
      response.writeHead(403).write('echoed-secret');
    });
    // The timeout ends the call as well, and so does the collection of a reply that nobody holds; both come late.
    vi.spyOn(AbortSignal, 'timeout').mockReturnValue(never);
    onTestFinished(() => void vi.restoreAllMocks());
    const replies: Response[] = [];
    const holding: typeof fetch = async (...call) => {
      const reply = await fetch(...call);
      replies.push(reply);
      return reply;
    };
    expect(await failureOf(fetchToken(credentials(base), holding))).toMatchObject({ retryable: false });
    await closed.promise;
    expect(replies).toHaveLength(1);
  });

  test.each([
    [undefined, 300_000],
    [86_400, 86_400_000],
    ['300', 300_000],
    [0, 0],
  ])('a lifetime of %s s is kept for %s ms', async (expires_in, lifetimeMs) => {
    const base = await serve((_request, response) => json(200, { ...TOKEN, expires_in })(response));
    expect(await fetchToken(credentials(base), fetch)).toEqual({ value: 'echoed-secret', lifetimeMs });
  });

  test('a redirect is not followed: the secret goes nowhere else', async () => {
    const elsewhere = vi.fn();
    const other = await serve((_request, response) => {
      elsewhere();
      json(200, TOKEN)(response);
    });
    const base = await serve((_request, response) => {
      response.writeHead(307, { location: `${other}/oauth/token` }).end();
    });
    const failure = await failureOf(fetchToken(credentials(base), fetch));
    expect(failure).toMatchObject({ code: 'upstream_failed', retryable: false });
    expect(elsewhere).not.toHaveBeenCalled();
  });
});

describe('when no whole answer comes', () => {
  /** The ten seconds are asked for, and then cut short. */
  function shortTimeouts() {
    const real = AbortSignal.timeout;
    const spy = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => real.call(AbortSignal, 60));
    onTestFinished(() => spy.mockRestore());
    return spy;
  }

  test.each<[string, Answer]>([
    ['at all', () => {}],
    ['but its headers', (response) => response.writeHead(200, JSON_TYPE).write('{')],
  ])('an endpoint that sends nothing %s times out after ten seconds', async (_, answer) => {
    const timeout = shortTimeouts();
    const base = await serve((_request, response) => answer(response));
    const failure = await failureOf(fetchToken(credentials(base), fetch));
    const because = { code: 'timed_out', fields: { host: new URL(base).host } };
    expect(failure).toMatchObject({ code: 'upstream_timeout', retryable: true, because });
    expect(timeout).toHaveBeenCalledWith(10_000);
  });

  test('a fault that nobody knows is worth another try', async () => {
    const failed = await failureOf(
      fetchToken(credentials('https://a.example'), () => Promise.reject(new Error())),
    );
    expect(failed).toMatchObject({ code: 'upstream_unavailable', retryable: true });
  });

  test('an endpoint that is not there is unavailable', async () => {
    const failure = await failureOf(fetchToken(credentials(await nobody()), fetch));
    expect(failure).toMatchObject({ code: 'upstream_unavailable', retryable: true, cause: 'ECONNREFUSED' });
  });

  test('plain http is for this machine alone', async () => {
    const failure = await failureOf(fetchToken(credentials('http://login.example.test'), fetch));
    expect(failure.cause).toBe('OAUTH_HTTP_REQUEST_FORBIDDEN');
  });

  test('a certificate that is not trusted gets no secret, and no second try', async () => {
    const certificates = makeCertificates();
    const asked = vi.fn();
    const start = (name: CertificateName) =>
      serve((_request, response) => {
        asked();
        json(200, TOKEN)(response);
      }, certificates[name]);
    for (const name of ['self-signed', 'wrong name', 'expired'] as const) {
      const failure = await failureOf(fetchToken(credentials(await start(name)), fetch));
      expect(failure, name).toMatchObject({ code: 'upstream_unavailable', retryable: false });
    }
    expect(asked).not.toHaveBeenCalled();
    await fetchToken(credentials(await start('good')), fetch);
    expect(asked).toHaveBeenCalledOnce();
  });
});
