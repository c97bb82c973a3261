import { createHmac } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { WEBHOOK_SECRET } from '../support/environment.ts';
import { run } from '../support/headless.ts';
import { startReceiver, verified } from '../support/receiver.ts';
import { startStubDestination } from '../support/stub-destination.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startTestApp, TOKEN, USER } from '../support/test-app.ts';

test('the environment alone sets up a whole poptray', async () => {
  const [destination, receiver] = await Promise.all([startStubDestination(), startReceiver()]);
  const token = 'another-token-0123456789abcdefghij';
  const app = await startTestApp({
    env: {
      GENESYS_BASE_URL: destination.url,
      GENESYS_CLIENT_ID: 'the-client',
      GENESYS_CLIENT_SECRET: 'the-client-secret',
      SIGNING_SECRET: 'the-signing-secret',
      PRODUCTIVITY_WEBHOOK_URL: `${receiver.url}/hook`,
      PRODUCTIVITY_WEBHOOK_SECRET: WEBHOOK_SECRET,
      POPTRAY_TOKEN: token,
      POPTRAY_APPLICATION_ID: 'the-app',
      POPTRAY_TARGET_URI: 'https://crm.example/view#/agent',
      POPTRAY_RATE_LIMIT: '2',
    },
  });
  expect((await app.post({ userId: USER })).status).toBe(401);
  const authorization = `Bearer ${token}`;
  expect((await app.post({ userId: USER, customerData: { a: 'b' } }, { authorization })).status).toBe(200);
  const many = await Promise.all(
    Array.from({ length: 5 }, () => app.post({ userId: USER }, { authorization })),
  );
  expect(many.map(({ status }) => status)).toContain(429);

  expect(destination.tokenCalls[0]?.headers.authorization).toBe(
    `Basic ${btoa('the-client:the-client-secret')}`,
  );
  const [pop] = destination.pops;
  expect(JSON.parse(String(pop?.body))).toMatchObject({
    applicationId: 'the-app',
    uri: 'https://crm.example/view#/agent?a=b',
  });
  const signature = createHmac('sha256', 'the-signing-secret')
    .update(pop?.body ?? '')
    .digest('base64');
  expect(pop?.headers['x-payload-signature']).toBe(signature);
  await receiver.got(1);
  const [message] = receiver.received;
  expect(message?.path).toBe('/hook');
  expect(message && verified(message)).toMatchObject({ userId: USER });
});

test('a carriage return at the end of a variable, as a file from Windows leaves it, is no part of any secret', async () => {
  const [destination, receiver] = await Promise.all([startStubDestination(), startReceiver()]);
  const app = await startTestApp({
    env: {
      GENESYS_BASE_URL: `${destination.url}\r`,
      GENESYS_CLIENT_ID: 'the-client\r',
      GENESYS_CLIENT_SECRET: 'the-client-secret\r',
      SIGNING_SECRET: 'the-signing-secret\r\n',
      PRODUCTIVITY_WEBHOOK_URL: `${receiver.url}/hook\r`,
      PRODUCTIVITY_WEBHOOK_SECRET: `${WEBHOOK_SECRET}\r`,
      POPTRAY_TOKEN: `${TOKEN}\r\n`,
    },
  });
  expect((await app.post({ userId: USER })).status).toBe(200);
  expect(destination.tokenCalls[0]?.headers.authorization).toBe(
    `Basic ${btoa('the-client:the-client-secret')}`,
  );
  const [pop] = destination.pops;
  const signature = createHmac('sha256', 'the-signing-secret').update(pop?.body ?? '');
  expect(pop?.headers['x-payload-signature']).toBe(signature.digest('base64'));
  await receiver.got(1);
  const [message] = receiver.received;
  expect(message && verified(message)).toMatchObject({ userId: USER });
});

test.each([
  [{ PRODUCTIVITY_WEBHOOK_URL: 'http://hooks.example/' }, 'PRODUCTIVITY_WEBHOOK_URL: must be an https URL'],
  [{ POPTRAY_RATE_LIMIT: 'many' }, 'POPTRAY_RATE_LIMIT must be a whole number'],
  [{ GENESYS_BASE_URL: 'http://genesys.example' }, 'GENESYS_BASE_URL: must be an https URL'],
])('with %o it does not start, and says why', async (env, why) => {
  const dataDir = join(tempDir(), 'data');
  const child = run('headless.ts', ['--port', '0'], { dataDir, env });
  expect(await child.ended).toBe(78);
  expect(child.output()).toContain(why);
  expect(existsSync(join(dataDir, 'endpoint.json'))).toBe(false);
});
