import { describe, expect, test } from 'vitest';
import { SESSION_HEADER } from '../../shared/session-secret.ts';
import { openSession } from '../support/dashboard-session.ts';
import { openLink } from '../support/open-link.ts';
import { startTestApp, USER } from '../support/test-app.ts';

test('a link opens the dashboard once', async () => {
  const app = await startTestApp();
  const link = app.url + app.newLink();
  const { secret, setCookie } = await openLink(link);
  expect(secret).toMatch(/^[\w-]{8}\.[\w-]{43}$/);
  // Nobody gets the one from the other.
  expect(setCookie).not.toContain(secret.split('.')[1]);
  const again = await openLink(link);
  expect([again.status, again.setCookie, again.secret]).toEqual([401, '', '']);
});

test('a link is not used up by who only looks at it, or loads it ahead', async () => {
  const app = await startTestApp();
  const link = app.url + app.newLink();
  await fetch(link, { method: 'HEAD' });
  const ahead = await fetch(link, { headers: { 'sec-purpose': 'prefetch;prerender' } });
  expect([ahead.status, ahead.headers.get('set-cookie')]).toEqual([204, null]);
  expect((await openLink(link)).secret).not.toBe('');
});

test('its own link once more brings a browser to the dashboard, whoever has overwritten its cookie besides', async () => {
  const app = await startTestApp();
  const link = app.url + app.newLink();
  const { cookie } = await openLink(link);
  const open = (value: string) => fetch(link, { redirect: 'manual', headers: { cookie: value } });
  const name = cookie.split('=')[0];
  expect((await open(`${name}=evil; ${cookie}`)).headers.get('location')).toBe('/ui/');
  expect((await open(`${name}=evil`)).status).toBe(401);
});

describe('everything of /ui/api/', () => {
  const paths = ['status', 'settingsGet', 'settingsSet', 'tokenCreate', 'sessionList', 'events', 'export'];

  test.each(paths)(
    '%s: the cookie alone opens nothing, and neither does the secret from anywhere but the page',
    async (path) => {
      const app = await startTestApp();
      const { cookie, secret, headers } = await openSession(app);
      const isRead = path === 'events' || path === 'export';
      const status = async (given: Record<string, string>) => {
        const stop = new AbortController();
        const response = await fetch(`${app.url}/ui/api/${path}`, {
          ...(isRead ? {} : { method: 'POST', body: '{}' }),
          headers: { 'content-type': 'application/json', ...given },
          signal: stop.signal,
        });
        stop.abort();
        return response.status;
      };
      const own = { 'sec-fetch-site': 'same-origin' };
      const value = cookie.split('=')[1] ?? '';
      expect(await status({ ...own, cookie })).toBe(401);
      expect(await status({ ...own, cookie, [SESSION_HEADER]: value })).toBe(401);
      expect(await status({ ...own, cookie, [SESSION_HEADER]: `${secret}x` })).toBe(401);
      expect(await status({ ...own, cookie, [SESSION_HEADER]: secret.split('.')[0] ?? '' })).toBe(401);
      expect(await status({ cookie, [SESSION_HEADER]: secret })).toBe(403);
      for (const site of ['none', 'same-site', 'cross-site'])
        expect(await status({ ...headers, 'sec-fetch-site': site })).toBe(403);
      expect(await status({ ...headers, origin: 'http://evil.test' })).toBe(403);
      expect(await status({ ...own, [SESSION_HEADER]: secret })).toBe(200);
    },
  );
});

test('a page whose session has ended leaves no entry; who comes with a cookie alone does', async () => {
  const app = await startTestApp();
  const { ask, get, cookie } = await openSession(app);
  const ended = { [SESSION_HEADER]: 'id.of-an-earlier-start' };
  expect((await ask('status', {}, ended)).status).toBe(401);
  expect((await get('/ui/api/events', ended)).status).toBe(401);
  const refused = () => app.entries().filter(({ type }) => type === 'refused');
  expect(refused()).toEqual([]);
  const alone = { cookie, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' };
  await fetch(`${app.url}/ui/api/status`, { method: 'POST', headers: alone, body: '{}' });
  expect(refused()).toMatchObject([{ code: 'unauthorized' }]);
});

test('sessions are listed by browser and ended one by one, which cuts their live streams at once', async () => {
  const app = await startTestApp();
  const first = await openSession(app);
  const second = await openSession(app);
  const events = await first.get('/ui/api/events');
  const listed = await second.call('sessionList', {});
  expect(listed).toEqual([
    expect.objectContaining({ browser: 'A program', isPresent: true }),
    expect.objectContaining({ browser: 'A program', isPresent: false }),
  ]);
  expect(listed.map(({ id }) => id)).toEqual([first, second].map(({ secret }) => secret.split('.')[0]));
  expect(JSON.stringify(listed)).not.toContain(first.secret.split('.')[1]);
  expect(await second.call('sessionEnd', { id: listed[0]?.id ?? '' })).toEqual({ ended: true });
  expect(await events.text()).toContain(': here');
  expect((await first.ask('status', {})).status).toBe(401);
  expect(await second.call('sessionList', {})).toHaveLength(1);
  expect(await second.call('sessionEnd', { id: 'nobody' })).toEqual({ ended: false });
});

test('a test pop is previewed, fired, told live, found in the history, and sent again', async () => {
  const app = await startTestApp();
  const { call, get } = await openSession(app);
  const trigger = { userId: USER, customerData: { name: 'Ada' } };
  const preview = await call('popPreview', { trigger });
  expect(preview).toMatchObject({ uri: 'https://app.mydashboard.com/agent-view#name=Ada', held: null });

  const events = await get('/ui/api/events');
  const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
  const fired = await call('popFire', { trigger });
  expect(fired).toMatchObject({ status: 'delivered' });
  let told = '';
  while (!told.includes('"status":"delivered"')) {
    const piece = await reader?.read();
    // Else the loop would go on for ever.
    if (!piece?.value) throw new Error(`the stream ended with ${told}`);
    told += piece.value;
  }
  expect(told).not.toContain('Ada');

  const { entries, total } = await call('auditQuery', {
    filter: { userId: USER },
    offset: 0,
    limit: 10,
  });
  expect([total, entries[0]?.client]).toEqual([1, 'dashboard']);
  const popId = entries[0]?.popId ?? '';
  const story = await call('popStory', { popId });
  expect([story.entries.map(({ type }) => type), story.canSendAgain]).toEqual([['intent', 'result'], true]);
  const again = await call('popSendAgain', { popId, asNew: true });
  expect(again).toMatchObject({ status: 'delivered', duplicate: false });
  expect(await call('auditVerify', {})).toMatchObject({ verdict: 'whole' });
});

test('a wrong trigger gets the pointers that a softphone would get, and a refused one is in the log as well', async () => {
  const app = await startTestApp();
  const { call } = await openSession(app);
  const answer = await call('popFire', { trigger: { userId: '' } });
  expect(answer).toMatchObject({ code: 'invalid_trigger', errors: [{ pointer: '/userId' }] });
  const refused = { type: 'refused', status: 'refused', client: 'dashboard' };
  expect(app.entries().at(-1)).toMatchObject({ ...refused, code: 'invalid_trigger', userId: null });
  await call('popFire', { trigger: { userId: USER, application: 'nobody', idempotencyKey: 'k' } });
  const code = 'target_not_allowed';
  expect(app.entries().at(-1)).toMatchObject({ ...refused, code, userId: USER, idempotencyKey: 'k' });
});

test('while pops are paused, callers are told so', async () => {
  const app = await startTestApp();
  const { call } = await openSession(app);
  await call('pause', { for: 15 });
  expect(await (await app.post({ userId: USER })).json()).toMatchObject({
    status: 'suppressed',
    reason: 'paused',
  });
  await call('pause', { for: null });
  expect(await (await app.post({ userId: USER })).json()).toMatchObject({ status: 'delivered' });
});

test('a live stream does not hold up a stop', async () => {
  const app = await startTestApp();
  const { get } = await openSession(app);
  const events = await get('/ui/api/events');
  await app.stop();
  expect(await events.text()).toContain(': here');
});

test('a page that may fire pops may not use the dashboard, also with its cookie', async () => {
  const origin = 'http://localhost:3000';
  const app = await startTestApp({ settings: { browserOrigins: [origin] } });
  const { ask } = await openSession(app);
  for (const operation of ['status', 'settingsSet', 'tokenCreate'] as const) {
    const response = await ask(operation, {}, { origin });
    expect([operation, response.status]).toEqual([operation, 403]);
  }
  expect((await app.post({ userId: USER }, { origin })).status).toBe(200);
});
