import { expect, test } from 'vitest';
import { SESSION_HEADER } from '../../shared/session-secret.ts';
import { startBareEndpoint } from './bare-endpoint.ts';
import { call } from './raw-connection.ts';

const CRM = 'https://crm.example';

/** Calls an operation of the dashboard with a session that is open, and says who was let in. */
async function setUp() {
  const { port } = await startBareEndpoint({
    browserOrigins: [CRM],
    findSession: (secret) => (secret === 'id.secret' ? 'id' : undefined),
    ui: {
      files: new Map(),
      csp: '',
      sessions: {
        newCode: () => '',
        redeem: () => undefined,
        knows: () => false,
        attend: () => () => {},
      },
      command: { call: async () => ({}) },
      dashboard: {
        call: async () => ({}),
        subscribe: () => () => {},
        async *exportLog() {
          yield '';
        },
      },
    },
  });
  return async (headers: Record<string, string | undefined>) => {
    const all = { [SESSION_HEADER]: 'id.secret', authorization: undefined, ...headers };
    const { status, problem } = await call(port, { path: '/ui/api/status', headers: all, body: '{}' });
    return status === 200 ? 'let in' : `${status} ${problem.code}`;
  };
}

test('the dashboard’s own page is let in, with its session', async () => {
  const ask = await setUp();
  expect(await ask({ 'sec-fetch-site': 'same-origin' })).toBe('let in');
  const wrong = { 'sec-fetch-site': 'same-origin', [SESSION_HEADER]: 'id.other' };
  expect(await ask(wrong)).toBe('401 unauthorized');
  expect(await ask({ 'sec-fetch-site': 'same-origin', [SESSION_HEADER]: undefined })).toBe(
    '401 unauthorized',
  );
});

test.each([undefined, 'none'])(
  'who is not said by a browser to be that page is not, whatever the session: %s',
  async (site) => {
    const ask = await setUp();
    expect(await ask({ 'sec-fetch-site': site })).toBe('403 forbidden_origin');
  },
);

test('a page that may fire pops is not the dashboard, whatever it says of itself', async () => {
  const ask = await setUp();
  expect(await ask({ 'sec-fetch-site': 'same-origin', origin: CRM })).toBe('403 forbidden_origin');
});
