import { expect, test } from 'vitest';
import { openSession } from '../support/dashboard-session.ts';
import { startTestApp, USER } from '../support/test-app.ts';

test('a link opens the dashboard once', async () => {
  const app = await startTestApp();
  const link = app.url + app.newLink();
  expect((await fetch(link, { redirect: 'manual' })).status).toBe(303);
  const again = await fetch(link, { redirect: 'manual' });
  expect([again.status, again.headers.get('set-cookie')]).toEqual([401, null]);
});

test('without a session, or from another page, there is no answer', async () => {
  const app = await startTestApp();
  const { ask, cookie } = await openSession(app);
  expect((await ask('status', {}, { cookie: '' })).status).toBe(401);
  expect((await ask('status', {}, { cookie: `${cookie}x` })).status).toBe(401);
  expect((await ask('status', {}, { origin: 'http://evil.test' })).status).toBe(403);
  expect((await fetch(`${app.url}/ui/api/events`)).status).toBe(401);
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
  const again = await call('popSendAgain', { popId });
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
