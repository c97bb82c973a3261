/** What the builder of HTTP destinations does for each kind, whatever that declares. Retries: ../pipeline/deliver-*.test.ts. */
import { describe, expect, test } from 'vitest';
import {
  createHttpDestination,
  type HttpAuth,
  type HttpDeclaration,
} from '../../main/destinations/http/http-destination.ts';
import { judgeStatus } from '../../main/destinations/http/judge-status.ts';
import { TokenFailure } from '../../main/destinations/oauth/token-source.ts';
import type { HttpReply } from '../../main/network/http.ts';
import type { Pop, Timing } from '../../main/pipeline/ports.ts';
import { createFakeHttp, createFakeTokens, reply } from '../pipeline/fakes.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const POP: Pop = {
  popId: 'pop-1',
  idempotencyKey: 'key-1',
  userId: 'agent',
  applicationId: 'app',
  uri: 'https://app.test/#a=1',
  allowedOrigins: [],
  state: {},
};

const declaration: HttpDeclaration = {
  kind: 'test',
  description: 'the test',
  keepsKeys: true,
  correlationHeader: 'x-id',
  call: ({ idempotencyKey }) => ({
    method: 'PUT',
    url: 'https://api.test/s3cret/pops',
    endpoint: 'https://api.test/{token}/{id}',
    shownUrl: () => 'https://api.test/{token}/pops',
    headers: { 'x-key': idempotencyKey },
    body: Buffer.from('{}'),
  }),
  judge: ({ status }, retryAfterMs) =>
    status < 300
      ? { kind: 'delivered', windowFocused: null, duplicate: false }
      : judgeStatus(status, retryAfterMs),
};

const TIMING: Timing = {
  beginCall: () => 1000,
  wait: (begin) => begin(new AbortController().signal),
  follow: (begin) => begin(new AbortController().signal),
  stopping: new AbortController().signal,
};

function prepareWith(auth: HttpAuth, declared: HttpDeclaration = declaration) {
  const clock = createFakeClock();
  const http = createFakeHttp(clock);
  const destination = createHttpDestination(declared, { http, clock, auth });
  return { http, clock, destination, prepared: destination.prepare(POP) };
}

describe('an attempt', () => {
  test.each<[HttpAuth, string | undefined]>([
    [{ kind: 'none' }, undefined],
    [{ kind: 'fixed', value: 'Bearer x' }, 'Bearer x'],
  ])('carries what %j says', async (auth, authorization) => {
    const { http, prepared } = prepareWith(auth);
    expect(await prepared.attempt(TIMING)).toMatchObject({ kind: 'delivered' });
    expect(http.calls[0]?.request).toMatchObject({ method: 'PUT', url: 'https://api.test/s3cret/pops' });
    expect(http.calls[0]?.request.headers.authorization).toBe(authorization);
    expect(http.calls[0]?.timeoutMs).toBe(1000);
  });

  test.each<HttpAuth>([{ kind: 'none' }, { kind: 'fixed', value: 'Bearer x' }])(
    'that is answered 401 has failed for good where no other credentials are to be had: %j',
    async (auth) => {
      const { http, prepared } = prepareWith(auth);
      http.next(reply(401));
      expect(await prepared.attempt(TIMING)).toMatchObject({
        kind: 'refused',
        code: 'upstream_unauthorized',
      });
    },
  );

  test('sends nothing when its time is over', async () => {
    const { http, prepared } = prepareWith({ kind: 'none' });
    const late = { ...TIMING, beginCall: () => undefined };
    expect(await prepared.attempt(late)).toEqual({ kind: 'again' });
    expect(http.calls).toEqual([]);
  });

  test.each([
    [reply(503), 'doubtful'],
    [reply(429), undefined],
    ['connection', 'unknown'],
    ['unreachable', undefined],
  ] as const)('that fails (%j) says whether it may have arrived', async (fate, arrival) => {
    const { http, prepared } = prepareWith({ kind: 'none' });
    http.next(fate);
    const result = await prepared.attempt(TIMING);
    expect([result.kind, 'arrival' in result ? result.arrival : undefined]).toEqual(['retry', arrival]);
  });
});

test('log and people see the URL without what is secret in it', () => {
  const { prepared } = prepareWith({ kind: 'fixed', value: 'Bearer x' });
  expect(prepared.endpoint).toBe('https://api.test/{token}/{id}');
  expect(prepared.preview()).toEqual({
    method: 'PUT',
    url: 'https://api.test/{token}/pops',
    headers: { 'x-key': 'key-1' },
    body: '{}',
  });
});

describe('the check', () => {
  const never = new AbortController().signal;

  test('gets a token where one is needed, and says why not', async () => {
    const clock = createFakeClock();
    const tokens = createFakeTokens(clock);
    const { destination } = prepareWith({ kind: 'tokens', tokens });
    expect(await destination.check(never)).toEqual({ ok: true, detail: 'the test gave a token' });
    tokens.next({ failure: new TokenFailure('upstream_unauthorized', false) });
    const { ok, detail } = await destination.check(never);
    expect([ok, detail]).toEqual([false, expect.stringContaining('does not accept our credentials')]);
  });

  test('sends nothing', async () => {
    const { destination, http } = prepareWith({ kind: 'none' });
    expect(await destination.check(never)).toMatchObject({ ok: true });
    expect(http.calls).toEqual([]);
  });
});

describe('the destination’s own id of a call', () => {
  async function idOf(value: string | string[] | undefined, from = declaration) {
    const { http, prepared } = prepareWith({ kind: 'none' }, from);
    const headers: HttpReply['headers'] = { 'x-id': value, '': 'no-header' };
    http.next({ ...reply(200), headers });
    return (await prepared.attempt(TIMING)).correlationId;
  }

  test('is kept where it looks like one', async () => {
    expect(await idOf('0f3c5d8e-1a2b.c:d_e')).toBe('0f3c5d8e-1a2b.c:d_e');
    expect(await idOf('x'.repeat(128))).toBe('x'.repeat(128));
  });

  test.each([undefined, '', 'x'.repeat(129), 'a b', 'a\nb', 'a\n', '<script>', 'é', ['a', 'b']])(
    'is dropped where it does not: %j',
    async (value) => {
      expect(await idOf(value)).toBeNull();
    },
  );

  test('is none where the kind names no header for it', async () => {
    const { correlationHeader: _, ...without } = declaration;
    expect(await idOf('id-1', without)).toBeNull();
  });
});
