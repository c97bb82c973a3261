import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import type { FramingSettings, RequiredDirective } from '../../shared/framing.ts';
import { makeCertificates } from '../support/certificates.ts';
import { nobody, serve } from '../support/servers.ts';
import { startStubDestination } from '../support/stub-destination.ts';
import { startTestApp, USER } from '../support/test-app.ts';

const EMBEDDER = 'https://apps.mypurecloud.com';

/** The app with one application, whose page answers with this policy. */
async function startWith(framing: Partial<FramingSettings>, policy: string | null) {
  const asked: IncomingMessage[] = [];
  const origin =
    policy === null
      ? (await nobody()).replace('http:', 'https:')
      : await serve((request, response) => {
          asked.push(request);
          response.writeHead(200, { 'content-security-policy': policy }).end();
        }, makeCertificates().good);
  const destination = await startStubDestination();
  const app = await startTestApp({
    destination: destination.url,
    settings: {
      applications: [
        {
          id: 'crm',
          baseUri: `${origin}/agent`,
          allowedOrigins: [origin],
          state: {},
          mode: 'all',
          framing: { mode: 'enforce', embedder: EMBEDDER, directives: [], keepForMs: 3_600_000, ...framing },
        },
      ],
    },
  });
  const trigger = { userId: USER, customerData: { name: 'Ada' }, sessionToken: 'secret' };
  return {
    app,
    origin,
    asked,
    destination,
    pop: (key?: string) => app.post({ ...trigger, idempotencyKey: key ?? 'k' }),
  };
}

test('enforce: a page that lets the desktop in is shown, and has seen nothing of the pop', async () => {
  const { pop, asked, destination } = await startWith({}, `frame-ancestors ${EMBEDDER}`);
  expect((await pop()).status).toBe(200);
  expect(destination.pops).toHaveLength(1);
  expect(asked.map(({ url }) => url)).toEqual(['/agent']);
});

test('enforce: one that does not is refused with the rule, nothing is sent, and the key stays free', async () => {
  const { pop, app, origin, destination } = await startWith({}, "frame-ancestors 'self'");
  const refused = await pop();
  expect([refused.status, await refused.json()]).toMatchObject([
    422,
    {
      code: 'target_not_frameable',
      detail: `frame-ancestors: ${origin} may not be shown in a frame of ${EMBEDDER}`,
    },
  ]);
  expect(destination.pops).toEqual([]);
  expect(app.entries().map(({ type, code }) => [type, code])).toEqual([
    ['opened', null],
    ['refused', 'target_not_frameable'],
  ]);
});

test('enforce: a page that nobody can reach does not count as allowed', async () => {
  const { pop, destination } = await startWith({}, null);
  const refused = await pop();
  expect([refused.status, await refused.json()]).toMatchObject([
    422,
    { detail: expect.stringMatching(/^unreachable: /) },
  ]);
  expect(destination.pops).toEqual([]);
});

test('warn: the pop is sent all the same, and people can see why nobody will', async () => {
  const { pop, app, destination } = await startWith({ mode: 'warn' }, "frame-ancestors 'self'");
  expect((await pop()).status).toBe(200);
  expect(destination.pops).toHaveLength(1);
  const state = {
    verdict: 'blocked',
    rule: 'frame-ancestors',
    advice: expect.stringContaining('frame-ancestors'),
  };
  expect(await app.dashboard.call('framingState', { application: 'crm', lookNow: true })).toMatchObject({
    ok: true,
    value: { states: [state] },
  });
  expect(await app.dashboard.call('popPreview', { trigger: { userId: USER } })).toMatchObject({
    ok: true,
    value: { framing: [state] },
  });
});

test.each([
  ['must-allow', "frame-ancestors https://*.mypurecloud.com; default-src 'self'", 422],
  ['must-allow', 'frame-ancestors https://*.mypurecloud.com https://*.genesys.cloud', 200],
] as const)('required directives: %s with %s answers %i', async (rule, policy, status) => {
  const required: RequiredDirective = {
    directive: 'frame-ancestors',
    rule,
    sources: ['https://*.genesys.cloud'],
  };
  const { pop } = await startWith({ directives: [required] }, policy);
  expect((await pop()).status).toBe(status);
});
