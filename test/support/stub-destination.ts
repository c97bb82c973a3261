/** A destination whose every reply a test decides; it keeps what it was sent. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

type Handler = (received: Received, response: ServerResponse) => void;

export interface StubDestination {
  readonly url: string;
  /** Screen-pop calls, in order. */
  readonly pops: Received[];
  /** Token calls, in order. */
  readonly tokenCalls: Received[];
  /** The next pop calls get these, one each; then 200 with the focus. */
  onPop(...handlers: Handler[]): void;
  onToken(...handlers: Handler[]): void;
}

/** A reply with a status, a JSON body and headers. */
export function reply(status: number, body?: unknown, headers: Record<string, string> = {}): Handler {
  return (_received, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  };
}

const shown = reply(200, { id: 'pop-1', status: 'delivered', windowFocused: true, deliveryTimeMs: 1 });
const granted = reply(200, { access_token: 'stub-token', token_type: 'bearer', expires_in: 86_400 });

/** Listens on a free port until the test has ended. */
export async function startStubDestination(): Promise<StubDestination> {
  const [pops, tokenCalls]: [Received[], Received[]] = [[], []];
  const [popHandlers, tokenHandlers]: [Handler[], Handler[]] = [[], []];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const received = { method, path: url, headers, body: Buffer.concat(chunks) };
      const isToken = url === '/oauth/token';
      (isToken ? tokenCalls : pops).push(received);
      const handler = (isToken ? tokenHandlers : popHandlers).shift() ?? (isToken ? granted : shown);
      handler(received, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pops,
    tokenCalls,
    onPop: (...handlers) => popHandlers.push(...handlers),
    onToken: (...handlers) => tokenHandlers.push(...handlers),
  };
}
