import { describe, expect, test } from 'vitest';
import { startBareEndpoint } from './bare-endpoint.ts';
import { call, callText } from './raw-connection.ts';

const health = { method: 'GET', path: '/healthz' };

describe('the endpoint answers to its own names', () => {
  test.each(['127.0.0.1', 'localhost', '[::1]', 'LOCALHOST', 'LocalHost'])(
    '%s with its port',
    async (name) => {
      const { port } = await startBareEndpoint();
      expect((await call(port, { ...health, headers: { host: `${name}:${port}` } })).status).toBe(200);
    },
  );

  test('on both loopback addresses', async () => {
    const { port, addresses } = await startBareEndpoint();
    for (const address of addresses) {
      const { hostname, host } = new URL(address);
      const reply = await call(port, { ...health, headers: { host } }, hostname.replace(/[[\]]/g, ''));
      expect(reply.status).toBe(200);
    }
    expect(addresses[0]).toBe(`http://127.0.0.1:${port}`);
  });

  test('also in absolute form', async () => {
    const { port } = await startBareEndpoint();
    const path = `http://localhost:${port}/healthz`;
    expect((await call(port, { method: 'GET', path })).status).toBe(200);
    const wrongMethod = await call(port, { method: 'PUT', path });
    expect([wrongMethod.status, wrongMethod.headers.allow]).toEqual([405, 'GET, HEAD']);
  });
});

describe('L01 L02 L03 L04 any other name is misdirected', () => {
  test.each([
    'evil.test:PORT',
    '0.0.0.0:PORT',
    '127.0.0.1.evil.com:PORT',
    'localhost.evil.com:PORT',
    'evil.com/127.0.0.1:PORT',
    'localhost.:PORT',
    '127.1:PORT',
    '2130706433:PORT',
    '0x7f000001:PORT',
    '127.0.0.2:PORT',
    '[::ffff:127.0.0.1]:PORT',
    '[0:0:0:0:0:0:0:1]:PORT',
    '::1:PORT',
    'user@localhost:PORT',
    'localhost:PORT@evil.com',
    'localhost:PORT,evil.com',
    '127.0.0.1',
    'localhost',
    '127.0.0.1:1',
    '127.0.0.1:0PORT',
    '',
  ])('%j', async (host) => {
    const { port, recorded } = await startBareEndpoint();
    for (const request of [health, { path: '/trigger-screenpop', body: '{"secret":"echo"}' }]) {
      const reply = await call(port, { ...request, headers: { host: host.replace('PORT', String(port)) } });
      expect(reply.status).toBe(421);
      expect(reply.problem.code).toBe('misdirected');
      expect(reply.body).not.toMatch(/evil|echo/);
    }
    expect(recorded.map(({ type, code }) => [type, code])).toEqual([
      ['refused', 'misdirected'],
      ['refused', 'misdirected'],
    ]);
  });

  test('L05 in the target of an absolute-form request as well', async () => {
    const { port } = await startBareEndpoint();
    const reply = await call(port, { method: 'GET', path: `http://evil.test:${port}/healthz` });
    expect(reply.status).toBe(421);
    const userinfo = await call(port, { method: 'GET', path: `http://127.0.0.1:${port}@evil.test/healthz` });
    expect(userinfo.status).toBe(421);
  });
});

describe('L05 a request is not well-formed', () => {
  test.each([
    ['without a Host', () => ''],
    ['with two, though both are ours', (host: string) => `Host: ${host}\r\nHost: ${host}\r\n`],
    ['with two, one of them foreign', (host: string) => `Host: ${host}\r\nhOST: evil.test\r\n`],
  ])('%s', async (_what, hosts) => {
    const { port } = await startBareEndpoint();
    for (const version of ['1.0', '1.1']) {
      const text = `GET /healthz HTTP/${version}\r\n${hosts(`127.0.0.1:${port}`)}\r\n`;
      const reply = await callText(port, text);
      expect([reply.status, reply.problem.code]).toEqual([400, 'bad_request']);
      expect(reply.headers.connection).toBe('close');
    }
  });
});
