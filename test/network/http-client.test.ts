import { getEventListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { queryObjects } from 'node:v8';
import { Agent, type Dispatcher } from 'undici';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createDispatcher } from '../../main/network/dispatcher.ts';
import { HttpFailure } from '../../main/network/http.ts';
import { createHttpClient } from '../../main/network/http-client.ts';
import { createSystemClock } from '../../main/platform/clock.ts';
import { type CertificateName, makeCertificates } from '../support/certificates.ts';
import { nobody, serve, serveRaw } from '../support/servers.ts';

const never = new AbortController().signal;
const requestTo = (url: string) => ({
  method: 'POST',
  url,
  headers: { 'content-type': 'application/json', 'x-mark': 'a' },
  body: Buffer.from('{"a":"é"}'),
});

function openClient() {
  const client = createHttpClient(createDispatcher({ env: {} }, createSystemClock()));
  onTestFinished(() => client.close());
  return client;
}

async function post(url: string, timeoutMs = 5000, signal = never, client = openClient()) {
  return client.send(requestTo(url), timeoutMs, signal);
}

function kindOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'a reply',
    (error: unknown) => (error instanceof HttpFailure ? error.kind : `no HttpFailure: ${error}`),
  );
}

/** Answers every request on a connection with these bytes, and may cut it there. */
function rawReply(text: string, end: (socket: Socket) => void = () => {}) {
  return serveRaw((socket) => {
    socket.once('data', () => socket.write(text, () => end(socket)));
    if (text === '') socket.once('data', () => end(socket));
  });
}

describe('a call', () => {
  test('sends method, path, query, headers and the exact bytes, and brings status, headers and text', async () => {
    const seen: unknown[] = [];
    const url = await serve(async (request, response) => {
      const chunks = await request.toArray();
      seen.push(request.method, request.url, request.headers['x-mark'], Buffer.concat(chunks));
      response.writeHead(422, { 'Retry-After': '3' }).end('ü');
    });
    const reply = await post(`${url}/a%20b?c=d#e`);
    expect(seen).toEqual(['POST', '/a%20b?c=d', 'a', Buffer.from('{"a":"é"}')]);
    expect(reply).toMatchObject({ status: 422, headers: { 'retry-after': '3' }, body: 'ü' });
  });

  test.each([301, 302, 303, 307, 308])('F11 does not follow a %s', async (status) => {
    const elsewhere = vi.fn((_request, response: ServerResponse) => response.end());
    const other = await serve(elsewhere);
    const url = await serve((_request, response) => response.writeHead(status, { location: other }).end());
    expect(await post(url)).toMatchObject({ status });
    expect(elsewhere).not.toHaveBeenCalled();
  });

  test('uses its connections again', async () => {
    const ports = new Set<number | undefined>();
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.end('ok');
    });
    const client = openClient();
    for (let turn = 0; turn < 3; turn += 1) {
      await client.send(requestTo(url), 5000, never);
      await client.sendForHead(requestTo(url), 5000, never);
    }
    expect(ports.size).toBeLessThanOrEqual(2);
  });

  test('reads 64 KiB and no more', async () => {
    const url = await serve(({ url: path }, response) => response.end('x'.repeat(Number(path?.slice(1)))));
    expect((await post(`${url}/${64 * 1024}`)).body).toHaveLength(64 * 1024);
    expect(await kindOf(post(`${url}/${64 * 1024 + 1}`))).toBe('connection');
  });

  test('F24 stops reading an endless reply', async () => {
    const closed = Promise.withResolvers<void>();
    const url = await serve((_request, response) => {
      response.on('close', closed.resolve);
      const more = () => response.writable && response.write('x'.repeat(16_384), more);
      more();
    });
    expect(await kindOf(post(url))).toBe('connection');
    await closed.promise;
  });
});

describe('a call without a whole reply', () => {
  test('nobody there is unreachable: nothing was sent', async () => {
    expect(await kindOf(post(await nobody()))).toBe('unreachable');
    expect(await kindOf(post('http://does-not-exist.invalid/'))).toBe('unreachable');
    // Two addresses, so that Node gathers two errors.
    expect(await kindOf(post((await nobody()).replace('127.0.0.1', 'localhost')))).toBe('unreachable');
  });

  const REPLY =
    'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 14\r\n\r\n{"id":"pop-1"}';
  const CHUNKED = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\n{"a":1\r\n1\r\n}\r\n0\r\n\r\n';

  test.each([
    ['reset', 'of known length', REPLY, (socket: Socket) => socket.resetAndDestroy()],
    ['reset', 'in chunks', CHUNKED, (socket: Socket) => socket.resetAndDestroy()],
    ['closed', 'of known length', REPLY, (socket: Socket) => socket.end()],
    ['closed', 'in chunks', CHUNKED, (socket: Socket) => socket.end()],
  ])('F08 a connection %s after any byte of a reply %s is a lost call', async (_, __, text, cut) => {
    for (let kept = 0; kept < text.length; kept += 1) {
      const url = await rawReply(text.slice(0, kept), cut);
      expect(await kindOf(post(url)), `${kept} of ${text.length} bytes`).toBe('connection');
    }
    expect(await post(await rawReply(text, (socket) => socket.end()))).toMatchObject({ status: 200 });
  });

  test('a reset before the request was read is a lost call', async () => {
    const url = await serveRaw((socket) => socket.resetAndDestroy());
    expect(await kindOf(post(url))).toBe('connection');
  });

  test.each(['resetAndDestroy', 'end'] as const)('the next call goes well after %s', async (end) => {
    const sockets: Socket[] = [];
    const url = await serve((request, response) => {
      sockets.push(request.socket);
      response.end('ok');
    });
    const client = openClient();
    for (let turn = 0; turn < 3; turn += 1) {
      expect(await client.send(requestTo(url), 5000, never)).toMatchObject({ status: 200 });
      for (const socket of sockets.splice(0)) socket[end]();
      // The client hears of it in the next poll phase.
      await setImmediate();
      await setImmediate();
    }
  });

  test('what is no HTTP is a lost call', async () => {
    expect(await kindOf(post(await rawReply('SSH-2.0-OpenSSH_9.2\r\n\r\n')))).toBe('connection');
  });

  test.each<[string, (response: ServerResponse) => void]>([
    ['hangs', () => {}],
    ['hangs after its headers', (response) => response.writeHead(200).flushHeaders()],
    [
      'drips',
      (response) => {
        const timer = setInterval(() => response.write('x'), 5);
        response.on('close', () => clearInterval(timer));
      },
    ],
  ])('F09 a server that %s runs into the timeout, which ends the connection', async (_, answer) => {
    const closed = Promise.withResolvers<void>();
    const url = await serve((_request, response) => {
      response.on('close', closed.resolve);
      answer(response);
    });
    expect(await kindOf(post(url, 50))).toBe('timeout');
    await closed.promise;
  });

  test('an abort ends it at once, before, during and after the headers', async () => {
    expect(await kindOf(post('http://127.0.0.1:1/', 5000, AbortSignal.abort()))).toBe('aborted');
    for (const withHeaders of [false, true]) {
      const caller = new AbortController();
      const closed = Promise.withResolvers<void>();
      const url = await serve((_request, response) => {
        response.on('close', closed.resolve);
        if (withHeaders) response.writeHead(200).flushHeaders();
        globalThis.setImmediate(() => caller.abort());
      });
      expect(await kindOf(post(url, 5000, caller.signal))).toBe('aborted');
      await closed.promise;
    }
  });

  test('an abort comes before a timeout that fires while it ends', async () => {
    const url = await serve(() => {});
    const caller = new AbortController();
    const call = kindOf(post(url, 30, caller.signal));
    caller.abort();
    expect(await call).toBe('aborted');
  });
});

describe('a call that waits for a connection', () => {
  test.each(['a timeout', 'an abort'])('and is given up by %s is never sent', async (what) => {
    const seen: (string | undefined)[] = [];
    const held = Promise.withResolvers<ServerResponse>();
    const url = await serve((request, response) => {
      seen.push(request.url);
      if (request.url === '/first') held.resolve(response);
      else response.end('{}');
    });
    const client = createHttpClient(new Agent({ connections: 1, pipelining: 1 }));
    onTestFinished(() => client.close());
    const first = post(`${url}/first`, 5000, never, client);
    const response = await held.promise;
    const stop = new AbortController();
    const second = kindOf(post(`${url}/second`, what === 'a timeout' ? 20 : 5000, stop.signal, client));
    if (what === 'an abort') stop.abort();
    expect(await second).toBe(what === 'a timeout' ? 'timeout' : 'aborted');
    response.end('{}');
    await first;
    await post(`${url}/third`, 5000, never, client);
    expect(seen).toEqual(['/first', '/third']);
  });
});

test('several addresses that all stay silent are unreachable: nothing was sent', async () => {
  const silent = Object.assign(new Error('connect ETIMEDOUT'), { code: 'ETIMEDOUT' });
  // As Node gathers what became of each address: with the code of the first.
  const all = Object.assign(new AggregateError([silent, silent]), { code: 'ETIMEDOUT' });
  const client = createHttpClient(new Agent({ connect: (_options, done) => done(all, null) }));
  onTestFinished(() => client.close());
  expect(await kindOf(post('http://crm.test/', 5000, never, client))).toBe('unreachable');
});

describe('calls that have ended', () => {
  /** Replies at once. */
  const agent = {
    dispatch(_options: object, handler: Dispatcher.DispatchHandler) {
      handler.onRequestStart?.({} as never, {});
      handler.onResponseStart?.({} as never, 200, {});
      handler.onResponseEnd?.({} as never, {});
      return true;
    },
  };
  const CALLS = 1000;

  test('leave no timer and nothing under the signal that would have ended them', async () => {
    const client = createHttpClient(agent as never);
    const signal = new AbortController().signal;
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    /** The sets and maps in memory that have as many members as there were calls, or more. */
    const large = () =>
      [Set, Map]
        .flatMap((one) => queryObjects(one, { format: 'summary' }))
        .filter((text) => Number(/^\w+\((\d+)\)/.exec(text)?.[1]) >= CALLS).length;
    const [timersBefore, largeBefore] = [timers(), large()];
    for (let turn = 0; turn < CALLS; turn += 1)
      await client.send(requestTo('http://crm.test/'), 15_000, signal);
    expect(timers()).toBeLessThan(timersBefore + CALLS);
    expect(large()).toBe(largeBefore);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  });
});

describe('TLS', () => {
  test('F11 a certificate that is not to be trusted gets nothing sent', async () => {
    const certificates = makeCertificates();
    const asked = vi.fn((_request, response: ServerResponse) => response.end('ok'));
    const kind = async (name: CertificateName) => kindOf(post(await serve(asked, certificates[name])));
    expect(await kind('self-signed')).toBe('tls');
    expect(await kind('wrong name')).toBe('tls');
    expect(await kind('expired')).toBe('tls');
    expect(asked).not.toHaveBeenCalled();
    expect(await kind('good')).toBe('a reply');
  });

  test('an http port asked for https is a TLS fault', async () => {
    const url = await serve((_request, response) => response.end('ok'));
    expect(await kindOf(post(url.replace('http:', 'https:')))).toBe('tls');
  });

  test('an https port asked for http is a lost call', async () => {
    const url = await serve((_request, response) => response.end('ok'), makeCertificates().good);
    expect(await kindOf(post(url.replace('https:', 'http:')))).toBe('connection');
  });
});

describe('a call for status and headers alone', () => {
  const status = async (url: string, timeoutMs = 5000) =>
    (await openClient().sendForHead(requestTo(url), timeoutMs, never)).status;

  test.each<[string, (response: ServerResponse) => void]>([
    ['is empty', (response) => response.writeHead(202).end()],
    ['is over 64 KiB', (response) => response.writeHead(202).end('x'.repeat(1_000_000))],
    ['never ends', (response) => response.writeHead(202).write('x')],
    [
      'is cut off',
      (response) => {
        response.writeHead(202, { 'content-length': '9' });
        response.write('x', () => response.destroy());
      },
    ],
  ])('has it although the body %s', async (_, answer) => {
    const url = await serve((_request, response) => answer(response));
    expect(await status(url, 300)).toBe(202);
  });

  test('fails like any other without one', async () => {
    expect(await kindOf(status(await serve(() => {}), 50))).toBe('timeout');
    expect(await kindOf(status(await nobody()))).toBe('unreachable');
  });
});
