/** The dashboard over HTTP: its files, its one-time link, its operations and its live events. */
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { ApiEvent, Operation } from '../../shared/api.ts';
import { type ExportFormat, exportFormats, isExportFormat } from '../../shared/export-formats.ts';
import { PopError } from '../pipeline/errors.ts';

/** A comment this often, in milliseconds, keeps a quiet stream from being taken for dead. */
const HEARTBEAT_MS = 25_000;

const NO_LINK = `<!doctype html><meta charset="utf-8"><title>poptray</title>
<h1>This link cannot be used any more</h1>
<p>Each link opens the dashboard once, within ten minutes. Get a new one with <code>poptray dashboard</code>.</p>`;

/** What the routes need of the dashboard and its sessions. */
export interface UiDeps {
  readonly ui: {
    readonly files: ReadonlyMap<string, { readonly type: string; readonly body: Buffer }>;
    readonly csp: string;
    readonly sessions: { newCode(): string; redeem(code: string): string | undefined };
    readonly dashboard: {
      call(name: Operation, request: never): Promise<object>;
      subscribe(listener: (event: ApiEvent) => void): () => void;
      exportLog(format: ExportFormat, filter: object): AsyncIterable<string>;
    };
  };
}

export interface Ui {
  /** Ends the live streams, which would hold up a stop. */
  close(): void;
}

/** The cookie's name; cookies know no ports, so it holds the port. */
export function sessionCookie(port: number): string {
  return `poptray_${port}`;
}

export function addUiRoutes(app: FastifyInstance, { ui }: UiDeps, port: () => number): Ui {
  const { files, csp, sessions, dashboard } = ui;
  const streams = new Set<ServerResponse>();

  app.post('/ui/links', { config: { isOwner: true } }, () => ({
    path: `/ui/open?code=${sessions.newCode()}`,
  }));

  app.get('/status', { config: { isOwner: true } }, async () => {
    const { value } = (await dashboard.call('status', {} as never)) as { value?: object };
    if (value === undefined) throw new PopError('internal', 'the figures cannot be had');
    return value;
  });

  app.get<{ Querystring: { code?: string } }>('/ui/open', { config: { isOpen: true } }, (request, reply) => {
    const secret = sessions.redeem(String(request.query.code ?? ''));
    if (secret === undefined) return reply.code(401).type('text/html; charset=utf-8').send(NO_LINK);
    const cookie = `${sessionCookie(port())}=${secret}; Path=/ui/; HttpOnly; SameSite=Strict`;
    return reply.header('set-cookie', cookie).redirect('/ui/', 303);
  });

  app.get('/ui', { config: { isOpen: true } }, (_request, reply) => reply.redirect('/ui/', 308));

  app.get<{ Params: { '*': string } }>('/ui/*', { config: { isOpen: true } }, (request, reply) => {
    const file = files.get(request.params['*'] || 'index.html');
    if (!file)
      throw new PopError('not_found', files.size === 0 ? 'the dashboard was not built' : 'no such path');
    return reply.header('content-security-policy', csp).type(file.type).send(file.body);
  });

  app.post<{ Params: { operation: string } }>(
    '/ui/api/:operation',
    { config: { isSession: true } },
    (request) => dashboard.call(request.params.operation as Operation, request.body as never),
  );

  app.get<{ Querystring: { format?: string; filter?: string } }>(
    '/ui/api/export',
    { config: { isSession: true } },
    (request, reply) => {
      const format = isExportFormat(request.query.format) ? request.query.format : 'jsonl';
      const { mediaType, extension } = exportFormats[format];
      const text = dashboard.exportLog(format, parseFilter(request.query.filter));
      return reply
        .type(`${mediaType}; charset=utf-8`)
        .header('content-disposition', `attachment; filename="poptray-audit.${extension}"`)
        .send(Readable.from(text));
    },
  );

  app.get('/ui/api/events', { config: { isSession: true } }, (_request, reply) => {
    reply.hijack();
    const stream = reply.raw;
    stream.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    stream.write(': here\n\n');
    streams.add(stream);
    const unsubscribe = dashboard.subscribe((event) => stream.write(`data: ${JSON.stringify(event)}\n\n`));
    const heartbeat = setInterval(() => stream.write(': still here\n\n'), HEARTBEAT_MS).unref();
    stream.on('close', () => {
      clearInterval(heartbeat);
      unsubscribe();
      streams.delete(stream);
    });
  });

  return {
    close() {
      for (const stream of streams) stream.end();
    },
  };
}

function parseFilter(text: string | undefined): object {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Told below.
  }
  throw new PopError('invalid_trigger', 'the filter is not a JSON object');
}
