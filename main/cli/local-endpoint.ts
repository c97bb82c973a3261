/** Talks to the running poptray on this machine. */
import { request } from 'node:http';
import { type Host, notedPort } from '../host.ts';
import { EXIT } from './exit-codes.ts';
import { CommandFailure } from './terminal.ts';

/** Above the total deadline of a pop, in milliseconds. */
const TIMEOUT_MS = 30_000;
const DEFAULT_PORT = 8080;

export interface LocalReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface LocalCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The port that a running poptray has written down, else POPTRAY_PORT, else 8080. */
export function findPort({ dataDir, env }: Host): number {
  return notedPort(dataDir) ?? Number(env.POPTRAY_PORT || DEFAULT_PORT);
}

/** The token of POPTRAY_TOKEN, or the command's own; throws CommandFailure when there is none yet. */
export async function findToken(host: Host): Promise<string> {
  const token = host.env.POPTRAY_TOKEN || (await (await host.secrets()).get('local-token'));
  if (token) return token;
  throw new CommandFailure(EXIT.noKey, 'There is no local token yet: start poptray once with "npm start".');
}

/** Sends one request to poptray on this machine; throws CommandFailure when nobody answers. */
export function callEndpoint(port: number, token: string | undefined, call: LocalCall): Promise<LocalReply> {
  return new Promise((resolve, reject) => {
    const { method, path, body } = call;
    const headers = {
      ...call.headers,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      }),
    };
    const outgoing = request(
      { host: '127.0.0.1', port, method, path, headers, timeout: TIMEOUT_MS },
      (reply) => {
        const chunks: Buffer[] = [];
        reply.on('data', (chunk: Buffer) => chunks.push(chunk));
        reply.on('error', reject);
        reply.on('end', () => {
          resolve({
            status: reply.statusCode ?? 0,
            headers: reply.headers,
            body: Buffer.concat(chunks).toString(),
          });
        });
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('poptray did not answer in time')));
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'ECONNREFUSED' ? `nothing listens on port ${port}` : error.message;
      const hint = 'Start poptray with "npm start", or name its port with --port N.';
      reject(new CommandFailure(EXIT.unavailable, `poptray cannot be reached: ${reason}. ${hint}`));
    });
    outgoing.end(body);
  });
}
