import { expect, test } from 'vitest';
import { WEBHOOK_SECRET } from '../support/environment.ts';
import { startReceiver, status } from '../support/receiver.ts';
import { spoil } from '../support/spoil.ts';
import { tempDir } from '../support/temp-dir.ts';
import { USER } from '../support/test-app.ts';
import { poptray, startHeadless } from './run.ts';

test('a message that was given up is listed, and can be sent again', async () => {
  const receiver = await startReceiver();
  receiver.next(status(410));
  const env = { PRODUCTIVITY_WEBHOOK_URL: receiver.url, PRODUCTIVITY_WEBHOOK_SECRET: WEBHOOK_SECRET };
  const headless = await startHeadless({ env });
  expect((await headless.poptray('webhooks', 'list')).stderr).toBe('No dead letters.\n');

  await headless.poptray('trigger', '--user', USER);
  await receiver.got(1);
  const list = () => headless.poptray('webhooks', 'list');
  await expect.poll(list, { timeout: 20_000 }).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /^msg_\S+ {2}productivity {2}1 attempt {2}its receiver says that it is gone for good\n$/,
    ),
  });
  const [letter] = JSON.parse((await headless.poptray('webhooks', 'list', '--json')).stdout);

  const unknown = await headless.poptray('webhooks', 'resend', 'msg_nobody');
  expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('poptray webhooks list')]);
  const resent = await headless.poptray('webhooks', 'resend', letter.id);
  expect([resent.code, resent.stdout]).toEqual([0, '1 on the way again\n']);
  expect(await receiver.got(2)).toEqual([letter.id, letter.id]);
  await expect.poll(list, { timeout: 20_000 }).toMatchObject({ stderr: 'No dead letters.\n' });
  expect((await headless.poptray('webhooks', 'resend')).code).toBe(1);
});

test('a message whose pop was spoiled in the log stays where it is, and says so; the others are sent again', async () => {
  const receiver = await startReceiver();
  const held: (() => void)[] = [];
  receiver.answer = (response) => held.push(() => response.writeHead(410).end());
  const env = { PRODUCTIVITY_WEBHOOK_URL: receiver.url, PRODUCTIVITY_WEBHOOK_SECRET: WEBHOOK_SECRET };
  const headless = await startHeadless({ env });
  for (let n = 0; n < 2; n += 1) await headless.poptray('trigger', '--user', USER);
  await receiver.got(2);
  receiver.answer = status(204);
  for (const refuse of held) refuse();
  const list = async () => JSON.parse((await headless.poptray('webhooks', 'list', '--json')).stdout);
  await expect.poll(list, { timeout: 20_000 }).toHaveLength(2);

  const [spoiled, whole] = await list();
  spoil(headless.dataDir, spoiled.popId);
  const { code, stdout, stderr } = await headless.poptray('webhooks', 'resend');
  expect([code, stdout]).toEqual([1, '1 on the way again\n']);
  expect(stderr).toContain(`${spoiled.id}  productivity  The pop can no longer be read in the audit log`);
  expect(stderr).toContain('"poptray audit verify" says what happened');
  expect(stderr).toContain('1 dead letter could not be sent again');
  expect((await receiver.got(3)).at(-1)).toBe(whole.id);
  await expect.poll(list, { timeout: 20_000 }).toEqual([spoiled]);
});

test('without poptray there is nothing to ask: 69, and 64 for a wrong port', async () => {
  const dataDir = tempDir();
  for (const args of [['list'], ['resend']]) {
    const { code, stderr } = await poptray(['webhooks', ...args], { dataDir });
    expect([code, stderr]).toEqual([69, expect.stringContaining('npm start')]);
    expect((await poptray(['webhooks', ...args, '--port', 'x'], { dataDir })).code).toBe(64);
  }
});

test('a token that is no longer valid exits 69 and says so', async () => {
  const headless = await startHeadless();
  await headless.poptray('token', 'revoke', 'poptray-command');
  const { code, stderr } = await headless.poptray('webhooks', 'list');
  expect([code, stderr]).toEqual([69, expect.stringContaining('the token was revoked')]);
});
