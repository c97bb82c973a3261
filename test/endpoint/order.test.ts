import { expect, test } from 'vitest';
import { startBareEndpoint } from './bare-endpoint.ts';
import { call, type RawRequest } from './raw-connection.ts';

type Wrong = RawRequest & { headers?: Record<string, string | undefined> };

/** What is wrong with a request, in the order in which the guard looks. */
const STEPS: readonly [string, Wrong][] = [
  ['misdirected', { headers: { host: 'evil.test' } }],
  ['forbidden_origin', { headers: { origin: 'http://evil.test' } }],
  ['method_not_allowed', { method: 'PUT' }],
  ['unsupported_media_type', { headers: { 'content-type': 'text/plain' } }],
  ['unauthorized', { headers: { authorization: 'Bearer wrong' } }],
  ['rate_limited', {}],
  ['too_large', { body: `{"userId":${' '.repeat(64 * 1024)}` }],
  ['invalid_json', { body: '{' }],
  ['invalid_trigger', { body: '{"userId":"a/b"}' }],
];

/** Wrong in all of these; where two cannot both be wrong in their own way, the earlier one's way. */
function merge(wrongs: readonly Wrong[]): RawRequest {
  const headers = Object.assign(
    { 'content-type': 'application/json' },
    ...wrongs.map((wrong) => wrong.headers),
  );
  return Object.assign({}, ...wrongs.toReversed(), { headers });
}

async function codeOf(steps: readonly [string, Wrong][]): Promise<string> {
  const limitAt = steps.findIndex(([code]) => code === 'rate_limited');
  const { port } = await startBareEndpoint({ rateLimit: limitAt === -1 ? 0 : 1 });
  const request = merge(steps.map(([, wrong]) => wrong));
  for (;;) {
    // Over the limit from here on, unless the next second begins in between: then all is done again.
    if (limitAt !== -1) while ((await call(port, { body: '{"userId":"a"}' })).status !== 429);
    const { problem } = await call(port, request);
    if (limitAt === -1 || steps.findIndex(([code]) => code === problem.code) <= limitAt) return problem.code;
  }
}

test.each(STEPS.map(([code], index) => [code, index] as const))('%s is found alone', async (code, index) => {
  expect(await codeOf(STEPS.slice(index, index + 1))).toBe(code);
});

test.each(STEPS.slice(1).map(([later], index) => [STEPS[index]?.[0] as string, later, index] as const))(
  '%s is told before %s',
  async (earlier, _later, index) => {
    expect(await codeOf(STEPS.slice(index, index + 2))).toBe(earlier);
  },
);

test.each(STEPS.map(([code], index) => [code, index] as const))(
  '%s is told before all that come after it',
  async (code, index) => {
    expect(await codeOf(STEPS.slice(index))).toBe(code);
  },
);

test('an unknown path is told before a wrong content type', async () => {
  const { port } = await startBareEndpoint();
  const reply = await call(port, { path: '/nowhere', headers: { 'content-type': 'text/plain' } });
  expect(reply.problem.code).toBe('not_found');
});
