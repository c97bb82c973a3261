/** The dashboard over HTTP: its files, its one-time link, its operations and its live events. */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  type ApiEvent,
  type ApiResponse,
  type AuditFilter,
  agentSetSchema,
  api,
  auditFilterSchema,
  type Operation,
} from '../../shared/api.ts';
import { type ExportFormat, exportFormats, isExportFormat } from '../../shared/export-formats.ts';
import { pointerTo } from '../../shared/pointer.ts';
import { readJsonText } from '../../shared/read-json.ts';
import { PopError } from '../pipeline/errors.ts';
import { type EventStream, openEventStream } from '../platform/event-stream.ts';
import { sessionPage } from '../platform/session-page.ts';
import { browserName } from './browser-name.ts';
import { parseFields } from './parse-trigger.ts';
import { SECURITY_HEADERS } from './unforeseen.ts';

/** A stream that has not taken so much, in bytes, is ended: its page comes again and asks for all there is. */
const MAX_WAITING_BYTES = 1024 * 1024;

const NO_LINK = `<!doctype html><meta charset="utf-8"><title>poptray</title>
<h1>This link cannot be used any more</h1>
<p>Each link opens the dashboard once, within ten minutes. Get a new one with <code>poptray dashboard</code>.</p>`;

interface UiSessions {
  newCode(): string;
  redeem(code: string, browser: string): { readonly cookie: string; readonly secret: string } | undefined;
  knows(cookie: string): boolean;
  /** Calls `onEnd` should the session end while a page of it listens; returns the end of listening. */
  attend(id: string, onEnd: () => void): () => void;
}

/** What the routes need of the dashboard and its sessions. */
export interface UiDeps {
  readonly ui: {
    readonly files: ReadonlyMap<string, { readonly type: string; readonly body: Buffer }>;
    readonly csp: string;
    readonly sessions: UiSessions;
    /** The operations as the poptray command's doing. */
    readonly command: { call(name: Operation, request: never): Promise<object> };
    readonly dashboard: {
      call(name: Operation, request: never, by?: string): Promise<object>;
      subscribe(listener: (event: ApiEvent) => void): () => void;
      exportLog(format: ExportFormat, filter: AuditFilter, by?: string): AsyncIterable<string>;
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
  const streams = new Set<EventStream>();

  app.post('/ui/links', { config: { isOwner: true } }, () => ({
    path: `/ui/open?code=${sessions.newCode()}`,
  }));

  app.post('/agent', { config: { isOwner: true } }, async (request) => {
    const wanted = parseFields(agentSetSchema, request.body);
    const answer = (await ui.command.call('agentSet', wanted as never)) as {
      value?: ApiResponse<'agentSet'>;
    };
    const { value } = answer;
    if (value === undefined) throw new PopError('internal', 'the agent cannot be set');
    if ('refused' in value) throw new PopError('invalid_trigger', value.refused);
    return value;
  });

  app.get('/status', { config: { isOwner: true } }, () => answerTo('status'));
  app.post('/ui/desktop-links', { config: { isOwner: true } }, () => answerTo('desktopLink'));

  async function answerTo(operation: Operation): Promise<object> {
    const { value } = (await dashboard.call(operation, {} as never)) as { value?: object };
    if (value === undefined) throw new PopError('internal', `${operation} cannot be had`);
    return value;
  }

  // A HEAD would use the link up.
  const open = { config: { isOpen: true }, exposeHeadRoute: false };
  app.get<{ Querystring: { code?: string } }>('/ui/open', open, (request, reply) => {
    const { headers, query } = request;
    // A browser that loads ahead has nobody before it yet.
    if (headers['sec-purpose'] !== undefined) return reply.code(204).send();
    const opened = sessions.redeem(String(query.code ?? ''), browserName(headers['user-agent']));
    if (opened) {
      const page = sessionPage('dashboard', opened.secret);
      return reply
        .header(
          'set-cookie',
          `${sessionCookie(port())}=${opened.cookie}; Path=/ui/; HttpOnly; SameSite=Strict`,
        )
        .header('content-security-policy', page.csp)
        .type('text/html; charset=utf-8')
        .send(page.body);
    }
    // Its own link once more, such as by the history: another tab of this browser has the session, and may share it.
    const cookies = cookiesNamed(sessionCookie(port()), headers.cookie);
    if (cookies.some((cookie) => sessions.knows(cookie))) return reply.redirect('/ui/', 303);
    const page = files.get('index.html');
    if (page) reply.header('content-security-policy', csp);
    return reply
      .code(401)
      .type('text/html; charset=utf-8')
      .send(page?.body ?? NO_LINK);
  });

  app.get('/ui', { config: { isOpen: true } }, (_request, reply) => reply.redirect('/ui/', 308));

  app.get<{ Params: { '*': string } }>('/ui/*', { config: { isOpen: true } }, (request, reply) => {
    const file = files.get(request.params['*'] || 'index.html');
    if (!file)
      throw new PopError('not_found', files.size === 0 ? 'the dashboard was not built' : 'no such path');
    return reply.header('content-security-policy', csp).type(file.type).send(file.body);
  });

  // One route each: what is none of them is not found, whoever asks.
  for (const operation of Object.keys(api) as Operation[])
    app.post(`/ui/api/${operation}`, { config: { isSession: true } }, (request) =>
      dashboard.call(operation, request.body as never, nameOf(request)),
    );

  app.get<{ Querystring: { format?: string; filter?: string } }>(
    '/ui/api/export',
    { config: { isSession: true } },
    (request, reply) => {
      const format = isExportFormat(request.query.format) ? request.query.format : 'jsonl';
      const { mediaType, extension } = exportFormats[format];
      const text = dashboard.exportLog(format, parseFilter(request.query.filter), nameOf(request));
      return reply
        .type(`${mediaType}; charset=utf-8`)
        .header('content-disposition', `attachment; filename="poptray-audit.${extension}"`)
        .send(Readable.from(text));
    },
  );

  app.get('/ui/api/events', { config: { isSession: true } }, (request, reply) => {
    reply.hijack();
    const stream = openEventStream(request.raw, reply.raw, SECURITY_HEADERS, MAX_WAITING_BYTES);
    streams.add(stream);
    const unsubscribe = dashboard.subscribe(stream.send);
    const leave = sessions.attend(request.session ?? '', stream.end);
    stream.onClose(() => {
      leave();
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

/** The session, as the record of changes names it. */
function nameOf({ session }: FastifyRequest): string | undefined {
  return session === null ? undefined : `session ${session}`;
}

/** A server on another port may have put one of the same name before ours. */
function cookiesNamed(name: string, header = ''): string[] {
  const pairs = header.split(';').map((pair) => pair.trim().split('='));
  return pairs.flatMap(([key, value]) => (key === name && value !== undefined ? [value] : []));
}

function parseFilter(text: string | undefined): AuditFilter {
  let value: unknown;
  try {
    value = readJsonText(text ?? '{}');
  } catch {
    // Told below.
  }
  const parsed = auditFilterSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new PopError('invalid_trigger', 'the filter is not one of the log', {
    errors: parsed.error.issues.map(({ path, message }) => ({ pointer: pointerTo(path), detail: message })),
  });
}
