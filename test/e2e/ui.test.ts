import { expect, test } from 'vitest';
import type { ApiResult, Operation } from '../../shared/api.ts';
import { startTestApp, type TestApp, USER } from '../support/test-app.ts';

async function openSession(app: TestApp): Promise<string> {
  const opened = await fetch(app.url + app.newLink(), { redirect: 'manual' });
  expect([opened.status, opened.headers.get('location')]).toEqual([303, '/ui/']);
  const cookie = opened.headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(/; Path=\/ui\/; HttpOnly; SameSite=Strict$/);
  return cookie.split(';')[0] ?? '';
}

const ask = (app: TestApp, cookie: string, name: Operation, request: object, headers = {}) =>
  fetch(`${app.url}/ui/api/${name}`, {
    method: 'POST',
    headers: { cookie, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(request),
  });

async function value<Name extends Operation>(app: TestApp, cookie: string, name: Name, request: object) {
  const result = (await (await ask(app, cookie, name, request)).json()) as ApiResult<Name>;
  if (!result.ok) throw new Error(result.code);
  return result.value;
}

test('a link opens the dashboard once', async () => {
  const app = await startTestApp();
  const link = app.url + app.newLink();
  expect((await fetch(link, { redirect: 'manual' })).status).toBe(303);
  const again = await fetch(link, { redirect: 'manual' });
  expect([again.status, again.headers.get('set-cookie')]).toEqual([401, null]);
});

test('without a session, or from another page, there is no answer', async () => {
  const app = await startTestApp();
  const cookie = await openSession(app);
  expect((await ask(app, '', 'status', {})).status).toBe(401);
  expect((await ask(app, `${cookie}x`, 'status', {})).status).toBe(401);
  expect((await ask(app, cookie, 'status', {}, { origin: 'http://evil.test' })).status).toBe(403);
  expect((await fetch(`${app.url}/ui/api/events`)).status).toBe(401);
});

test('a test pop is previewed, fired, told live, found in the history, and sent again', async () => {
  const app = await startTestApp();
  const cookie = await openSession(app);
  const trigger = { userId: USER, customerData: { name: 'Ada' } };
  const preview = await value(app, cookie, 'popPreview', { trigger });
  expect(preview).toMatchObject({ uri: 'https://app.mydashboard.com/agent-view#name=Ada', held: null });

  const events = await fetch(`${app.url}/ui/api/events`, { headers: { cookie } });
  const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
  const fired = await value(app, cookie, 'popFire', { trigger });
  expect(fired).toMatchObject({ status: 'delivered' });
  let told = '';
  while (!told.includes('"status":"delivered"')) told += (await reader?.read())?.value ?? '';
  expect(told).not.toContain('Ada');

  const { entries, total } = await value(app, cookie, 'auditQuery', {
    filter: { userId: USER },
    offset: 0,
    limit: 10,
  });
  expect([total, entries[0]?.client]).toEqual([1, 'dashboard']);
  const popId = entries[0]?.popId ?? '';
  const story = await value(app, cookie, 'popStory', { popId });
  expect([story.entries.map(({ type }) => type), story.canSendAgain]).toEqual([['intent', 'result'], true]);
  const again = await value(app, cookie, 'popSendAgain', { popId });
  expect(again).toMatchObject({ status: 'delivered', duplicate: false });
  expect(await value(app, cookie, 'auditVerify', {})).toMatchObject({ verdict: 'whole' });
});

test('a wrong trigger gets the pointers that a softphone would get', async () => {
  const app = await startTestApp();
  const answer = await value(app, await openSession(app), 'popFire', { trigger: { userId: '' } });
  expect(answer).toMatchObject({ code: 'invalid_trigger', errors: [{ pointer: '/userId' }] });
});

test('while pops are paused, callers are told so', async () => {
  const app = await startTestApp();
  const cookie = await openSession(app);
  await value(app, cookie, 'pause', { for: 15 });
  expect(await (await app.post({ userId: USER })).json()).toMatchObject({
    status: 'suppressed',
    reason: 'paused',
  });
  await value(app, cookie, 'pause', { for: null });
  expect(await (await app.post({ userId: USER })).json()).toMatchObject({ status: 'delivered' });
});

test('a live stream does not hold up a stop', async () => {
  const app = await startTestApp();
  const cookie = await openSession(app);
  const events = await fetch(`${app.url}/ui/api/events`, { headers: { cookie } });
  await app.stop();
  expect(await events.text()).toContain(': here');
});
