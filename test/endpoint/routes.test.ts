import { expect, test } from 'vitest';
import { startStubDestination } from '../support/stub-destination.ts';
import { startTestApp, TOKEN, USER } from '../support/test-app.ts';
import { startBareEndpoint } from './bare-endpoint.ts';
import { call } from './raw-connection.ts';

const RESEND = '/webhooks/dead-letters/resend';

test('GET /metrics is Prometheus text, and counts pops and refusals', async () => {
  const destination = await startStubDestination();
  const app = await startTestApp({ destination: destination.url });
  await app.post({ userId: USER });
  await app.post({ userId: 'a/b' });
  const response = await fetch(`${app.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const text = await response.text();
  expect(text).toContain('poptray_triggers_total{status="delivered",code=""} 1');
  expect(text).toContain('poptray_triggers_total{status="refused",code="invalid_trigger"} 1');
  expect(text).toContain('poptray_pop_focus_total{focused="true"} 1');
});

test('GET /webhooks/dead-letters lists them, and resending one is 202', async () => {
  const letter = { id: 'msg_1', webhook: 'crm', popId: 'pop-1', attempts: 10, failure: 'http_500' };
  const resent: unknown[] = [];
  const { port } = await startBareEndpoint({
    deadLetters: {
      list: () => [letter],
      resend: async (...of) => {
        resent.push(of);
        return of[0] === letter.id;
      },
    },
  });
  const list = await call(port, { method: 'GET', path: '/webhooks/dead-letters' });
  expect(JSON.parse(list.body)).toEqual([letter]);
  const { id, webhook } = letter;
  const reply = await call(port, { path: RESEND, body: JSON.stringify({ id, webhook }) });
  expect([reply.status, reply.body]).toEqual([202, '']);
  expect(resent).toEqual([[id, webhook, 'test']]);
  const unknown = await call(port, { path: RESEND, body: JSON.stringify({ id: 'msg_2', webhook }) });
  expect([unknown.status, unknown.problem.code]).toEqual([404, 'not_found']);
  const wrong = await call(port, { path: RESEND, body: JSON.stringify({ id, url: 'http://evil.test' }) });
  expect(wrong.status).toBe(400);
  expect(wrong.problem.errors?.map(({ pointer }) => pointer)).toEqual(['/webhook', '/url']);
});
