/** Serves the built dashboard at /ui/ as the endpoint does, over an app in memory. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DASHBOARD_CSP, readStaticFiles } from '../../main/platform/static-files.ts';
import { type ApiResult, api, type Operation } from '../../shared/api.ts';
import { SESSION_HEADER } from '../../shared/session-secret.ts';
import { createFakeApp, type FakeApp, type FakeOptions } from './fake-api.ts';

type Failing = Extract<ApiResult<Operation>, { ok: false }> | 'ended' | undefined;

export interface FakeBackend extends AsyncDisposable {
  readonly url: string;
  readonly app: FakeApp;
  /** The paths below /ui/api/ that were asked for, in order. */
  readonly requests: readonly string[];
  /** While it is down, every connection is cut. */
  setDown(isDown: boolean): void;
  /** While it fails, operations are answered so: with this failure, or with the status 401 for a session that has ended. */
  setFailing(how: Failing): void;
}

/** Listens on a free port of loopback; `folder` holds the built dashboard. */
export async function startFakeBackend(folder: string, options: FakeOptions): Promise<FakeBackend> {
  const files = readStaticFiles(folder);
  const app = createFakeApp(options);
  const streams = new Set<ServerResponse>();
  const requests: string[] = [];
  let isDown = false;
  let failing: Failing;

  const server = createServer((request, response) => {
    if (isDown) return void request.socket.destroy();
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname.startsWith('/ui/api/')) requests.push(pathname);
    if (pathname.startsWith('/ui/api/') && (failing === 'ended' || !request.headers[SESSION_HEADER]))
      return void response.writeHead(401).end();
    if (pathname === '/ui/api/events') return stream(response);
    if (pathname === '/ui/api/export') {
      response.writeHead(200, {
        'content-type': 'text/csv',
        'content-disposition': 'attachment; filename="poptray-audit.csv"',
      });
      return void response.end('seq,timestamp\r\n');
    }
    if (pathname.startsWith('/ui/api/'))
      return void answer(pathname.slice('/ui/api/'.length), request, response);
    const file = files.get(pathname.replace(/^\/ui\//, '') || 'index.html');
    if (!file) return void response.writeHead(404).end();
    response
      .writeHead(200, { 'content-type': file.type, 'content-security-policy': DASHBOARD_CSP })
      .end(file.body);
  });

  function stream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write('retry: 200\n\n');
    streams.add(response);
    const unsubscribe = app.subscribe((event) => response.write(`data: ${JSON.stringify(event)}\n\n`));
    response.on('close', () => {
      unsubscribe();
      streams.delete(response);
    });
  }

  async function answer(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += chunk;
    const send = (status: number, value: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (failing && failing !== 'ended') return void send(200, failing);
    const schema = Object.hasOwn(api, name) ? api[name as Operation].request : undefined;
    const parsed = schema?.safeParse(JSON.parse(body));
    if (!parsed?.success) return void send(400, { ok: false, code: 'invalid_request' });
    const handle = app.handlers[name as Operation] as (request: unknown) => unknown;
    send(200, { ok: true, value: await handle(parsed.data) });
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/ui/`,
    app,
    requests,
    setDown(next) {
      isDown = next;
      if (isDown) for (const response of streams) response.destroy();
    },
    setFailing(how) {
      failing = how;
      if (how === 'ended') for (const response of streams) response.end();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
