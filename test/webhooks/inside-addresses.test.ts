import type { LookupAddress } from 'node:dns';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openSettings } from '../../main/config/settings.ts';
import { createDispatcher } from '../../main/network/dispatcher.ts';
import { createHttpClient } from '../../main/network/http-client.ts';
import { createPublicConnector, lookupPublic, type Resolve } from '../../main/network/public-connect.ts';
import { webhookSchema } from '../../shared/settings.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { startReceiver } from '../support/receiver.ts';
import { tempDir } from '../support/temp-dir.ts';
import { openMailroom } from '../support/webhook-service.ts';

const INSIDE = [
  'http://127.1:8080/',
  'https://127.1/',
  'https://2130706433/',
  'https://0x7f.0.0.1/',
  'https://127.0.0.2/',
  'https://0.0.0.0/',
  'https://0/',
  'https://10.0.0.1/hook',
  'https://172.16.0.1/',
  'https://192.168.1.1/',
  'https://100.64.0.1/',
  'https://169.254.169.254/latest/meta-data/',
  'https://[::]/',
  'https://[fe80::1]/',
  'https://[fd00:ec2::254]/',
  'https://[::ffff:10.0.0.1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[64:ff9b::10.0.0.1]/',
];

describe('F25 a webhook whose URL is an address inside of a network', () => {
  test.each(INSIDE)('is not saved: %s', (url) => {
    expect(webhookSchema.safeParse({ id: 'crm', url }).success).toBe(false);
    expect(() => openSettings(tempDir(), { PRODUCTIVITY_WEBHOOK_URL: url })).toThrow(
      'PRODUCTIVITY_WEBHOOK_URL',
    );
  });

  test.each([
    'http://127.0.0.1:8080/hook',
    'http://localhost/',
    'http://LOCALHOST:80',
    'http://[::1]:8080/',
    'https://127.0.0.1/',
    'https://hooks.example.com/',
    'https://1.1.1.1/',
    'https://[2606:4700::1111]:8443/x',
  ])('is another than %s', (url) => {
    expect(webhookSchema.safeParse({ id: 'crm', url }).success).toBe(true);
  });

  test('is not called either, should it get that far', async () => {
    const receiver = await startReceiver();
    const inside = receiver.url.replace('127.0.0.1', '127.0.0.2');
    const mail = openMailroom({ targets: { crm: inside } });
    await mail.pop('p1', ['crm']);
    // At once: at a later try it would be inside all the same.
    expect(await mail.ended(1)).toEqual(['p1 crm failed blocked 1']);
    expect(mail.reported.get('crm')).toMatchObject({
      code: 'blocked',
      because: { code: 'address_blocked' },
    });
    expect(receiver.received).toEqual([]);
  });
});

describe('F25 a name that leads inside', () => {
  /** A client whose names have the addresses that the test gives, each time they are asked for. */
  function setUp(answers: (hostname: string) => string[]) {
    const asked: string[] = [];
    const connect = createPublicConnector((hostname, callback) => {
      asked.push(hostname);
      const addresses = answers(hostname).map(
        (address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 }),
      );
      callback(null, addresses);
    });
    const client = createHttpClient(createDispatcher({ env: {} }, createFakeClock(), connect));
    onTestFinished(() => client.close());
    const post = async (url: string) => {
      const request = { method: 'POST', url, headers: {}, body: new Uint8Array() };
      return (await client.sendForHead(request, 5000, new AbortController().signal)).status;
    };
    return { post, asked };
  }

  test.each(['127.0.0.1', '::1', '169.254.169.254', '10.0.0.1', '::ffff:127.0.0.1', '0.0.0.0', 'fd00::1'])(
    'to %s is not called',
    async (address) => {
      const receiver = await startReceiver();
      const { post, asked } = setUp(() => [address]);
      const { port } = new URL(receiver.url);
      for (const url of [
        `http://evil.test:${port}/`,
        `https://evil.test:${port}/`,
        `http://localhost.:${port}/`,
      ])
        await expect(post(url)).rejects.toMatchObject({ kind: 'blocked' });
      expect(asked).toHaveLength(3);
      expect(receiver.received).toEqual([]);
    },
  );

  /** The address that a connection to the name is made to; what resolves it is asked for each connection. */
  const addressFor = (resolve: Resolve, hostname = 'evil.test') =>
    new Promise((done, fail) => {
      lookupPublic(resolve)(hostname, {}, (error, address, family) =>
        error ? fail(error) : done([address, family]),
      );
    });
  const found = (...addresses: string[]): Resolve => {
    const all = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    return (_hostname, callback) => callback(null, all);
  };

  test('at a later look only, by DNS rebinding, is not called then', async () => {
    expect(await addressFor(found('1.1.1.1'))).toEqual(['1.1.1.1', 4]);
    await expect(addressFor(found('127.0.0.1'))).rejects.toMatchObject({ code: 'ADDRESS_BLOCKED' });
  });

  test('among others is left out', async () => {
    expect(await addressFor(found('127.0.0.1', '::1', '2606:4700::1111', '10.0.0.1'))).toEqual([
      '2606:4700::1111',
      6,
    ]);
    await expect(addressFor(found())).rejects.toMatchObject({ code: 'ADDRESS_BLOCKED' });
  });

  test('is localhost when it is written so, and leads nowhere else', async () => {
    const receiver = await startReceiver();
    const { port } = new URL(receiver.url);
    const { post, asked } = setUp(() => ['127.0.0.1']);
    expect(await post(`http://localhost:${port}/`)).toBe(204);
    expect(await post(`http://127.0.0.1:${port}/`)).toBe(204);
    expect(asked).toEqual(['localhost']);
    const elsewhere = setUp(() => ['10.0.0.1']);
    await expect(elsewhere.post(`http://localhost:${port}/`)).rejects.toMatchObject({ kind: 'blocked' });
  });
});
