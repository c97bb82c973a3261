/** The real limits, on whoever sends a byte a second. */
import { expect, onTestFinished, test } from 'vitest';
import { startBareEndpoint } from './bare-endpoint.ts';
import { call, connect, requestText } from './raw-connection.ts';

/** After `begin`, a byte a second; resolves with the seconds until 408 and the end of the connection. */
async function secondsUntilRefused(begin: (port: number) => string): Promise<number> {
  const { port } = await startBareEndpoint();
  const connection = await connect(port);
  const began = performance.now();
  connection.send(begin(port));
  const timer = setInterval(() => connection.send('a'), 1000);
  onTestFinished(() => clearInterval(timer));
  expect((await call(port, { method: 'GET', path: '/healthz' })).status).toBe(200);
  expect((await connection.reply()).status).toBe(408);
  const seconds = (performance.now() - began) / 1000;
  clearInterval(timer);
  await connection.closed;
  return seconds;
}

// The server looks once a second.
test('L23 headers of a byte a second get 408 after 5 s', async () => {
  const seconds = await secondsUntilRefused(() => 'GET /healthz HTTP/1.1\r\nX-A: ');
  expect(seconds).toBeGreaterThan(4.9);
  expect(seconds).toBeLessThan(9);
});

test('L24 a body of a byte a second gets 408 after 10 s', async () => {
  const seconds = await secondsUntilRefused((port) =>
    requestText(port, { body: '', headers: { 'content-length': '60000' } }),
  );
  expect(seconds).toBeGreaterThan(9.9);
  expect(seconds).toBeLessThan(14);
});
