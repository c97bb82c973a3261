import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { lookAtPage } from '../../main/compatibility/page-probe.ts';
import { fetchToken } from '../../main/destinations/oauth/client-credentials.ts';
import { type Executor, takePlainReplies } from '../../main/electron/plain-feed.ts';
import { createDispatcher, fetchThrough } from '../../main/network/dispatcher.ts';
import { isEncoded } from '../../main/network/encoded-reply.ts';
import { createHttpClient } from '../../main/network/http-client.ts';
import { createSystemClock } from '../../main/platform/clock.ts';
import { type Certificate, makeCertificates } from '../support/certificates.ts';
import { serve } from '../support/servers.ts';

const MIB = 1024 * 1024;
/** 200 MiB of blanks and a token, in a few hundred bytes. */
const BOMB = `${' '.repeat(200 * MIB)}{"access_token":"x","token_type":"bearer"}`;
const bombs: Record<string, Buffer> = {
  br: brotliCompressSync(BOMB, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
  gzip: gzipSync(BOMB),
  zstd: zstdCompressSync(BOMB),
};

/** Answers each request with it, and keeps the codings that were asked for. */
async function serveEncoded(encoding: string, body: string | Buffer, certificate?: Certificate) {
  const asked: (string | string[] | undefined)[] = [];
  const url = await serve(({ headers }, response) => {
    asked.push(headers['accept-encoding']);
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding }).end(body);
  }, certificate);
  return { url, asked };
}

function open() {
  const dispatcher = createDispatcher({ env: {} }, createSystemClock());
  const http = createHttpClient(dispatcher);
  onTestFinished(() => http.close());
  return { http, fetch: fetchThrough(dispatcher) };
}

const post = (url: string) => ({ method: 'POST', url, headers: {}, body: Buffer.from('{}') });
const never = new AbortController().signal;

describe('M05 a reply that is packed', () => {
  test.each(Object.keys(bombs))('as %s is no token, and is not unpacked', async (encoding) => {
    const { url, asked } = await serveEncoded(encoding, bombs[encoding] ?? '');
    const credentials = {
      tokenEndpoint: `${url}/oauth/token`,
      clientId: 'a',
      clientSecret: 'b',
      scope: '',
      basic: 'plain' as const,
    };
    const before = process.memoryUsage.rss();
    await expect(fetchToken(credentials, open().fetch)).rejects.toMatchObject({ name: 'TokenFailure' });
    expect(process.memoryUsage.rss() - before).toBeLessThan(100 * MIB);
    expect(asked).toEqual(['identity']);
  });

  test.each(['br', 'gzip', 'x-unknown', 'identity, gzip'])(
    'as %s is no reply of the destination’s',
    async (encoding) => {
      const { url, asked } = await serveEncoded(encoding, bombs[encoding] ?? '{}');
      await expect(open().http.send(post(url), 5000, never)).rejects.toMatchObject({ kind: 'connection' });
      expect(asked).toEqual(['identity']);
    },
  );

  test('is one of a receiver’s of which the status alone counts: it is not told twice', async () => {
    const { url } = await serveEncoded('gzip', bombs.gzip ?? '');
    expect((await open().http.sendForHead(post(url), 5000, never)).status).toBe(200);
  });

  test('is nothing to look at a page by: its headers come, its body does not', async () => {
    const { url, asked } = await serveEncoded('br', bombs.br ?? '', makeCertificates().good);
    const before = process.memoryUsage.rss();
    expect(await lookAtPage(`${url}/`, [url], never)).toMatchObject({ pageUrl: `${url}/` });
    expect(process.memoryUsage.rss() - before).toBeLessThan(100 * MIB);
    expect(asked).toEqual(['identity']);
  });
});

test('a reply that is not packed is read, whether it says so or not', async () => {
  for (const encoding of ['identity', '']) {
    const { url } = await serveEncoded(encoding, '{"ok":true}');
    const { http, fetch } = open();
    expect((await http.send(post(url), 5000, never)).body).toBe('{"ok":true}');
    expect(await (await fetch(url)).json()).toEqual({ ok: true });
  }
});

test('a coding is one in whatever letters, and in a list', () => {
  for (const coding of ['gzip', 'GZIP', ' br ', 'identity,gzip', 'gzip,']) {
    expect(isEncoded({ 'content-encoding': coding }), coding).toBe(true);
  }
  expect(isEncoded({ 'content-encoding': ['identity', 'zstd'] })).toBe(true);
  for (const coding of ['identity', 'Identity', '', ','])
    expect(isEncoded({ 'content-encoding': coding })).toBe(false);
  expect(isEncoded({})).toBe(false);
});

describe('M05 the update feed', () => {
  type Options = Parameters<Executor['createRequest']>[0];
  type Listener = (chunk: { readonly length: number }) => void;

  /** An executor that answers at once, as Chromium does: what is packed comes unpacked. */
  function ask(path: string, headers: Record<string, string>, chunks: number) {
    const call = { abort: vi.fn(), emit: vi.fn(() => true) };
    const asked: Options[] = [];
    const taken = vi.fn();
    const executor: Executor = {
      createRequest(options, callback) {
        asked.push(options);
        const listeners: Listener[] = [];
        queueMicrotask(() => {
          callback({ headers, on: (_event, listener) => listeners.push(listener) });
          for (let n = 0; n < chunks; n += 1) for (const listen of listeners) listen({ length: 65_536 });
        });
        return call;
      },
    };
    takePlainReplies(executor);
    executor.createRequest({ path, headers: { accept: '*/*' } }, taken);
    return { call, asked, taken };
  }

  test('is asked for plain replies, and a packed one is an error before any of it is read', async () => {
    const { call, asked, taken } = ask('/latest.yml', { 'content-encoding': 'br' }, 1);
    await Promise.resolve();
    expect(asked).toEqual([
      { path: '/latest.yml', headers: { accept: '*/*', 'accept-encoding': 'identity' } },
    ]);
    expect(taken).not.toHaveBeenCalled();
    expect(call.emit).toHaveBeenCalledExactlyOnceWith(
      'error',
      expect.objectContaining({ code: 'ENCODED_REPLY' }),
    );
    expect(call.abort).toHaveBeenCalledOnce();
  });

  test('has a list of at most 1 MiB, and installers as long as they are', async () => {
    const fits = ask('/latest.yml?noCache=1', {}, 16);
    const tooLong = ask('/latest-linux.yml', {}, 40);
    const installer = ask('/poptray-0.2.0.AppImage', {}, 4000);
    await Promise.resolve();
    expect(fits.taken).toHaveBeenCalledOnce();
    expect(fits.call.abort).not.toHaveBeenCalled();
    expect(tooLong.call.emit).toHaveBeenCalledOnce();
    expect(tooLong.call.abort).toHaveBeenCalledOnce();
    expect(installer.call.abort).not.toHaveBeenCalled();
  });
});
