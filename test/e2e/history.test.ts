/** The audit history in the dashboard, over the real app and its real log. */
import { expect, test } from 'vitest';
import { openSession } from '../support/dashboard-session.ts';
import { startTestApp, type TestApp, USER } from '../support/test-app.ts';

/** Two agents' pops, one of them suppressed, and a refusal. */
async function fill(app: TestApp): Promise<void> {
  await app.post({ userId: USER, customerData: { name: 'mark-customer' } });
  await app.post({ userId: 'other-agent' });
  await app.post({ userId: 'other-agent', phase: 'ended' });
  await app.post({ userId: 'no agent' });
}

test('is found by user, outcome, application, kind and time, newest first', async () => {
  const app = await startTestApp();
  const { call } = await openSession(app);
  await fill(app);
  const find = async (filter: object, offset = 0, limit = 10) => {
    const { total, entries } = await call('auditQuery', { filter, offset, limit });
    return [total, entries.map(({ userId, status }) => `${userId} ${status}`)];
  };
  const delivered = 'other-agent delivered';
  const suppressed = 'other-agent suppressed';
  expect(await find({ userId: 'other', types: ['result'] })).toEqual([2, [suppressed, delivered]]);
  expect(await find({ status: 'suppressed' })).toEqual([1, [suppressed]]);
  expect(await find({ status: 'delivered' }, 1)).toEqual([2, [`${USER} delivered`]]);
  expect(await find({ types: ['refused'] })).toEqual([1, ['null refused']]);
  expect(await find({ application: 'com.example.customapp', types: ['result'] }, 0, 1)).toEqual([
    3,
    [suppressed],
  ]);
  expect(await find({ application: 'none' })).toEqual([0, []]);
  const now = Date.now();
  expect((await find({ to: now - 60_000 }))[0]).toBe(0);
  expect((await find({ from: now - 60_000, types: ['result'] }))[0]).toBe(3);
});

test('is exported as JSON Lines and as CSV, whole and filtered, with nothing of the customer', async () => {
  const app = await startTestApp();
  const { get, call } = await openSession(app);
  await fill(app);
  const download = async (format: string, filter?: object) => {
    const query = new URLSearchParams({ format, ...(filter && { filter: JSON.stringify(filter) }) });
    const response = await get(`/ui/api/export?${query}`);
    expect(response.headers.get('content-disposition')).toContain(`poptray-audit.${format}`);
    return { type: response.headers.get('content-type'), text: await response.text() };
  };
  const whole = await download('jsonl');
  expect(whole.type).toContain('application/x-ndjson');
  expect(
    whole.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual(app.entries());
  expect(whole.text).not.toContain('mark-customer');

  const { text } = await download('csv', { userId: 'other', types: ['result'] });
  const [header, ...lines] = text.trim().split('\r\n');
  expect(header).toContain('timestamp,');
  const { entries } = await call('auditQuery', {
    filter: { userId: 'other', types: ['result'] },
    offset: 0,
    limit: 10,
  });
  expect(lines.map((line) => line.split(',')[0])).toEqual(entries.map(({ seq }) => String(seq)).reverse());
  expect((await get('/ui/api/export?format=csv&filter=no')).status).toBe(400);
});
