/** Bytes as they go over the wire, where an HTTP client would tidy them up or hide what comes back. */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Problem } from '../../shared/problem.ts';
import { TOKEN } from '../support/test-app.ts';

export interface RawReply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** The body as problem details; throws when it is none. */
  readonly problem: Problem;
}

export interface RawConnection {
  readonly socket: Socket;
  send(text: string | Uint8Array): void;
  /** The next reply; rejects when the server closes instead. */
  reply(): Promise<RawReply>;
  /** Resolves when the server has closed, however it did. */
  readonly closed: Promise<void>;
}

/** Connects; the connection is gone after the test. */
export async function connect(port: number, host = '127.0.0.1'): Promise<RawConnection> {
  const socket = createConnection({ port, host, allowHalfOpen: true });
  onTestFinished(() => {
    socket.destroy();
  });
  let received = Buffer.alloc(0);
  let isOver = false;
  let wake = () => {};
  const end = () => {
    isOver = true;
    wake();
  };
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    wake();
  });
  const closed = new Promise<void>((resolve) => {
    for (const event of ['end', 'close', 'error'] as const) socket.on(event, () => resolve(end()));
  });
  await once(socket, 'connect');
  return {
    socket,
    closed,
    send: (text) => socket.write(text),
    async reply() {
      for (;;) {
        const parsed = parse(received);
        if (parsed) {
          received = received.subarray(parsed.length);
          return parsed.reply;
        }
        if (isOver) throw new Error(`closed after ${JSON.stringify(received.toString('latin1'))}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

export interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  /** Over the defaults; undefined leaves one out, a list sends it more than once. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body?: string;
}

/** The text of a request: unless told otherwise, a POST of an empty object that the guard has nothing against. */
export function requestText(port: number, request: RawRequest = {}): string {
  const { method = 'POST', path = '/trigger-screenpop', body = method === 'POST' ? '{}' : '' } = request;
  const headers = {
    host: `127.0.0.1:${port}`,
    authorization: `Bearer ${TOKEN}`,
    ...(method === 'POST' && { 'content-type': 'application/json' }),
    ...((method === 'POST' || body !== '') && { 'content-length': `${Buffer.byteLength(body)}` }),
    ...request.headers,
  };
  const lines = Object.entries(headers).flatMap(([name, values]) =>
    [values ?? []].flat().map((value) => `${name}: ${value}\r\n`),
  );
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}

/** One request on a connection of its own. */
export async function call(port: number, request?: RawRequest, host?: string): Promise<RawReply> {
  return callText(port, requestText(port, request), host);
}

/** The same with the whole text given. */
export async function callText(port: number, text: string, host?: string): Promise<RawReply> {
  const connection = await connect(port, host);
  connection.send(text);
  const reply = await connection.reply();
  connection.socket.destroy();
  return reply;
}

function parse(bytes: Buffer): { reply: RawReply; length: number } | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
    }),
  );
  const length = headEnd + 4 + Number(headers['content-length'] ?? 0);
  if (bytes.length < length) return undefined;
  const body = bytes.toString('utf8', headEnd + 4, length);
  const reply = {
    status: Number(statusLine.split(' ')[1]),
    headers,
    body,
    get problem() {
      return JSON.parse(body) as Problem;
    },
  };
  return { reply, length };
}
