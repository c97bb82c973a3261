import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { digestOf, proofOf } from '../../main/endpoint/proof.ts';
import { writePrivateFile } from '../../main/platform/private-file.ts';
import { TOKEN, USER } from '../support/test-app.ts';
import { poptray, startHeadless } from './run.ts';

/** A server that is not poptray, and all that it was sent. */
async function startStranger(answer: RequestListener) {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(JSON.stringify(request.rawHeaders));
    request.on('data', (chunk) => seen.push(String(chunk)));
    answer(request, response);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise((resolve) => server.on('listening', resolve));
  return { port: (server.address() as AddressInfo).port, seen };
}

const trigger = ['trigger', '--user', USER, '--data', 'name=Ada'];

describe('L17 whoever else listens on the port of poptray', () => {
  test('after a crash gets nothing but a nonce: no token, no trigger', async () => {
    const headless = await startHeadless();
    headless.child.kill('SIGKILL');
    await headless.ended;
    const answers = ['', '{}', 'null', '{"proofs":[]}', '{"proofs":[null,""]}', '{"proofs":{}}', '<html>'];
    for (const answer of answers) {
      const stranger = await startStranger((_request, response) => response.end(answer));
      writePrivateFile(join(headless.dataDir, 'endpoint.json'), JSON.stringify({ port: stranger.port }));
      const { code, stderr } = await headless.poptray(...trigger);
      expect([code, stderr]).toEqual([69, expect.stringContaining('so it was not sent')]);
      expect(stranger.seen).toHaveLength(1);
      expect(stranger.seen[0]).not.toMatch(/authorization|Ada/i);
    }
  });

  test('cannot pass the question on to poptray on another port', async () => {
    const headless = await startHeadless({ env: { POPTRAY_TOKEN: TOKEN } });
    const relayed: string[] = [];
    const stranger = await startStranger(async ({ url }, response) => {
      const reply = await fetch(`http://127.0.0.1:${headless.port}${url}`);
      relayed.push(await reply.clone().text());
      response.end(await reply.text());
    });
    const { code, stderr } = await headless.poptray(...trigger, '--port', `${stranger.port}`);
    expect([code, stderr]).toEqual([69, expect.stringContaining('so it was not sent')]);
    expect(stranger.seen.join()).not.toContain(TOKEN);
    expect(JSON.parse(relayed[0] ?? '').proofs).toHaveLength(2);
    expect((await headless.poptray(...trigger)).code).toBe(0);
  });

  test('cannot take over between the proof and the token', async () => {
    const stranger = await startStranger(({ url = '', socket }, response) => {
      const nonce = new URL(url, 'http://x').searchParams.get('nonce') ?? '';
      const proof = proofOf(digestOf(TOKEN), socket.localPort ?? 0, nonce);
      response.setHeader('connection', 'close').end(JSON.stringify({ proofs: [proof] }));
    });
    const options = { env: { POPTRAY_TOKEN: TOKEN } };
    const { code, stderr } = await poptray([...trigger, '--port', `${stranger.port}`], options);
    expect([code, stderr]).toEqual([69, expect.stringContaining('the connection was lost')]);
    expect(stranger.seen).toHaveLength(1);
    expect(stranger.seen.join()).not.toContain(TOKEN);
  });

  test('cannot hold the command up', async () => {
    const stranger = await startStranger(() => {});
    const options = { env: { POPTRAY_TOKEN: TOKEN } };
    const { code } = await poptray([...trigger, '--port', `${stranger.port}`], options);
    expect(code).toBe(69);
  });
});

describe('L17 a proof', () => {
  test('is for each token one, and none of the tokens follows from it', async () => {
    const headless = await startHeadless({ env: { POPTRAY_TOKEN: TOKEN } });
    const token = (await headless.poptray('token', 'create', 'softphone')).stdout.trim();
    const nonce = 'n'.repeat(43);
    const reply = await fetch(`http://127.0.0.1:${headless.port}/identity?nonce=${nonce}`);
    const { proofs } = (await reply.json()) as { proofs: string[] };
    expect(proofs).toHaveLength(3);
    expect(proofs).toContain(proofOf(digestOf(TOKEN), headless.port, nonce));
    expect(proofs).toContain(proofOf(digestOf(token), headless.port, nonce));
  });

  test.each(['', '?nonce=', '?nonce=short', `?nonce=${'n'.repeat(44)}`, `?nonce=${'n'.repeat(42)}%0a`])(
    'is not given for %j',
    async (query) => {
      const headless = await startHeadless();
      expect((await fetch(`http://127.0.0.1:${headless.port}/identity${query}`)).status).toBe(400);
    },
  );
});
