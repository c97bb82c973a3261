import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSimulator } from '../../main/simulator/simulator.ts';
import { call, manualTimers, openSimulator } from './client.ts';

describe('the simulator', () => {
  // macOS has no other loopback address to try.
  test.skipIf(process.platform === 'darwin')('listens on 127.0.0.1 alone', async () => {
    const { baseUrl } = await openSimulator();
    const { hostname, port } = new URL(baseUrl);
    expect(hostname).toBe('127.0.0.1');
    // All of 127/8 is this machine, so a server on any address would answer here.
    const other = connect(Number(port), '127.0.0.2');
    const [error] = await once(other, 'error');
    expect(error.code).toBe('ECONNREFUSED');
  });

  test('makes up an id and a secret that nobody else has', () => {
    const [one, two] = [createSimulator(), createSimulator()];
    expect(one.clientId).not.toBe(two.clientId);
    expect(one.clientSecret).not.toBe(two.clientSecret);
    expect(one.clientSecret).toMatch(/^[\w-]{43}$/);
  });

  test('rejects with EADDRINUSE when the port is taken, and can then start on another', async () => {
    const { baseUrl } = await openSimulator();
    const second = createSimulator();
    onTestFinished(() => second.stop());
    await expect(second.start(Number(new URL(baseUrl).port))).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect((await second.start(0)).baseUrl).not.toBe(baseUrl);
  });

  test('refuses to start twice', async () => {
    const { simulator } = await openSimulator();
    await expect(simulator.start(0)).rejects.toThrow('running already');
  });

  test('stops at once while a reply is held and connections are kept alive', async () => {
    const timers = manualTimers();
    const { simulator, pop, baseUrl } = await openSimulator({ after: timers.after });
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    await call(`${baseUrl}/simulator`, { method: 'GET', agent });
    simulator.addFault({ kind: 'slow', delayMs: 600_000 });
    const held = expect(pop()).rejects.toThrow();
    await timers.next();
    await simulator.stop();
    await held;
    expect(timers.cancelled()).toBe(1);
    await expect(call(`${baseUrl}/simulator`, { method: 'GET' })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  test('stops at once while a request is still on its way', async () => {
    const { simulator, baseUrl } = await openSimulator();
    const { host, port } = new URL(baseUrl);
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => {});
    socket.write(
      `POST /oauth/token HTTP/1.1\r\nHost: ${host}\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n`,
    );
    // "100 Continue" tells that the request has arrived.
    await once(socket, 'data');
    const closed = once(socket, 'close');
    await simulator.stop();
    await closed;
  });

  test('may be stopped twice, and before it ever started', async () => {
    const simulator = createSimulator();
    await simulator.stop();
    await simulator.start(0);
    await simulator.stop();
    await simulator.stop();
  });

  test('knows its tokens and keys after a stop and a start', async () => {
    const { simulator, baseUrl, pop } = await openSimulator();
    const first = await pop();
    await simulator.stop();
    await simulator.start(Number(new URL(baseUrl).port));
    const second = await pop();
    expect([second.status, second.text]).toEqual([409, first.text]);
  });
});
