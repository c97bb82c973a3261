import { expect, test } from 'vitest';
import { reply, startStubDestination } from '../support/stub-destination.ts';
import { startTestApp, USER } from '../support/test-app.ts';

test('a trigger becomes one pop, with its context in the fragment and its story in the log', async () => {
  const destination = await startStubDestination();
  const app = await startTestApp({ destination: destination.url });
  const response = await app.post({
    userId: USER,
    customerData: { customerName: 'Ada Lovelace' },
    sessionToken: 's&1',
  });
  const body = (await response.json()) as { idempotencyKey: string };
  expect(response.status).toBe(200);
  expect(body).toMatchObject({ status: 'delivered', windowFocused: true, duplicate: false });

  const [pop] = destination.pops;
  expect(pop?.path).toBe(`/api/v2/users/${USER}/screenpops`);
  expect(JSON.parse(String(pop?.body))).toEqual({
    applicationId: 'com.example.customapp',
    uri: 'https://app.mydashboard.com/agent-view#sessionToken=s%261&customerName=Ada%20Lovelace',
    state: { uiMode: 'focused', priority: 'high' },
    idempotencyKey: body.idempotencyKey,
  });
  expect(app.entries().map(({ type, status }) => [type, status])).toEqual([
    ['opened', null],
    ['intent', null],
    ['result', 'delivered'],
  ]);
});

test('a refusal of the destination reaches the caller with its code and the destination’s own id', async () => {
  const destination = await startStubDestination();
  destination.onPop(reply(403, { message: 'no' }, { 'inin-correlation-id': 'abc-1' }));
  const app = await startTestApp({ destination: destination.url });
  const response = await app.post({ userId: USER });
  expect(response.status).toBe(502);
  expect(await response.json()).toMatchObject({ code: 'upstream_forbidden', correlationId: 'abc-1' });
  expect(app.entries().at(-1)).toMatchObject({
    status: 'failed',
    code: 'upstream_forbidden',
    success: false,
  });
});
