import { expect, test } from 'vitest';
import { startBareEndpoint } from './bare-endpoint.ts';
import { call } from './raw-connection.ts';

const NONCE = Buffer.alloc(32, 1).toString('base64url');

test('whoever looks after poptray asks without a token whether it is ready, and hears what it waits for', async () => {
  let waitsFor = ['audit_unavailable'];
  const { port } = await startBareEndpoint({ unready: () => waitsFor as never });
  const ask = async () => {
    const { status, body } = await call(port, {
      method: 'GET',
      path: '/readyz',
      headers: { authorization: undefined },
    });
    return [status, JSON.parse(body)];
  };
  expect(await ask()).toEqual([503, { status: 'not_ready', codes: ['audit_unavailable'] }]);
  waitsFor = [];
  expect(await ask()).toEqual([200, { status: 'ready' }]);
});

test('a phone asks without a token whether it is poptray that listens, before it sends any', async () => {
  const asked: unknown[] = [];
  const { port } = await startBareEndpoint({
    prove(onPort, nonce) {
      asked.push([onPort, nonce]);
      return ['proof'];
    },
  });
  const ask = (nonce: string) =>
    call(port, { method: 'GET', path: `/identity?nonce=${nonce}`, headers: { authorization: undefined } });
  const { status, body } = await ask(NONCE);
  expect([status, JSON.parse(body)]).toEqual([200, { proofs: ['proof'] }]);
  expect((await ask('short')).status).toBe(400);
  expect(asked).toEqual([[port, NONCE]]);
});
