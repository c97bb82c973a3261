import { expect, test } from 'vitest';
import { startTestApp, TOKEN } from '../support/test-app.ts';

/** Asks without a token. */
async function readyz(url: string) {
  const response = await fetch(`${url}/readyz`);
  return [response.status, await response.json()];
}

async function figure(url: string, name: string): Promise<number> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const text = await (await fetch(`${url}/metrics`, { headers })).text();
  return Number(new RegExp(`^${name}(?:\\{.*\\})? (.+)$`, 'm').exec(text)?.[1]);
}

function resultOf<Value>(result: { ok: true; value: Value } | { ok: false }): Value {
  if (!result.ok) return expect.fail('it was refused');
  return result.value;
}

test('a poptray on its simulator is ready, and says so without a token', async () => {
  const { url } = await startTestApp();
  expect(await readyz(url)).toEqual([200, { status: 'ready' }]);
  expect((await fetch(`${url}/readyz`, { method: 'HEAD' })).status).toBe(200);
  expect((await fetch(`${url}/readyz`, { headers: { origin: 'https://evil.example' } })).status).toBe(403);
  expect(await figure(url, 'poptray_ready')).toBe(1);
});

test('a destination that lacks something is not ready, though poptray answers', async () => {
  const { url } = await startTestApp({ env: { GENESYS_REGION: 'mypurecloud.com' } });
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect(await readyz(url)).toEqual([503, { status: 'not_ready', codes: ['not_configured'] }]);
  const figures = ['poptray_ready', 'poptray_destination_configured', 'poptray_audit_open'];
  expect(await Promise.all(figures.map((name) => figure(url, name)))).toEqual([0, 0, 1]);
});

/** Nobody has entered its token. */
const LACKING = {
  id: 'crm',
  kind: 'http',
  url: 'https://crm.example/pops',
  auth: { kind: 'bearer' },
} as const;

test.each<[string, object, object, string[]]>([
  ['is required', {}, {}, ['not_configured']],
  ['is not required', { required: false }, {}, []],
  ['is none of those that the application names', {}, { destinations: ['simulator'] }, []],
  ['is the only one that the application names', {}, { destinations: ['crm'] }, ['not_configured']],
  ['is not required but the only one', { required: false }, { destinations: ['crm'] }, ['not_configured']],
  ['is tried in turn with one that is there', {}, { mode: 'first' }, []],
])('of two destinations one that lacks something counts where it %s', async (_, more, way, codes) => {
  const app = await startTestApp();
  const { settings } = resultOf(await app.dashboard.call('settingsGet', {}));
  const saved = await app.dashboard.call('settingsSet', {
    settings: {
      ...settings,
      destinations: [...settings.destinations, { ...LACKING, ...more }],
      applications: settings.applications.map((one) => ({ ...one, ...way })),
    },
  });
  expect(resultOf(saved)).not.toHaveProperty('errors');
  const ready = codes.length === 0;
  expect(await readyz(app.url)).toEqual(
    ready ? [200, { status: 'ready' }] : [503, { status: 'not_ready', codes }],
  );
  expect(await figure(app.url, 'poptray_ready')).toBe(ready ? 1 : 0);
});

test('a pause is no readiness, until it is over', async () => {
  const { url, dashboard } = await startTestApp();
  await dashboard.call('pause', { for: 'until-resumed' });
  expect(await readyz(url)).toEqual([503, { status: 'not_ready', codes: ['paused'] }]);
  await dashboard.call('pause', { for: null });
  expect(await readyz(url)).toEqual([200, { status: 'ready' }]);
});

test('the figures name the build', async () => {
  const { url } = await startTestApp();
  expect(await figure(url, 'poptray_build_info')).toBe(1);
});
