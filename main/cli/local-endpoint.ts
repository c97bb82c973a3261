/** Talks to the running poptray on this machine. */
import { request } from 'node:http';
import { type Host, notedPort } from '../host.ts';
import { EXIT } from './exit-codes.ts';
import { CommandFailure } from './terminal.ts';

/** Above the longest total deadline that the settings take, in milliseconds. */
const TIMEOUT_MS = 610_000;
const DEFAULT_PORT = '8080';
const START = 'Start it with "npm start", or name its port with --port N.';

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

/**
 * The port that was named, or else the one that a running poptray has written down. Without either there is no
 * telling who listens, and the token is not for strangers: throws CommandFailure. Whoever has given the token in
 * POPTRAY_TOKEN need not have the folder, though; then it is POPTRAY_PORT, or 8080.
 */
export function findPort(host: Host, named: number | undefined): number {
  const port = named ?? notedPort(host);
  if (port !== undefined) return port;
  const { POPTRAY_TOKEN, POPTRAY_PORT } = host.env;
  if (!POPTRAY_TOKEN) {
    throw new CommandFailure(EXIT.unavailable, `poptray is not running with ${host.dataDir}. ${START}`);
  }
  const text = POPTRAY_PORT?.trim() || DEFAULT_PORT;
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new CommandFailure(EXIT.config, 'POPTRAY_PORT must be a number up to 65535.');
  return Number(text);
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
      { host: '127.0.0.1', port, method, path, headers, agent: false, timeout: TIMEOUT_MS },
      (reply) => {
        const chunks: Buffer[] = [];
        reply.on('data', (chunk: Buffer) => chunks.push(chunk));
        reply.on('error', fail);
        reply.on('end', () => {
          resolve({
            status: reply.statusCode ?? 0,
            headers: reply.headers,
            body: Buffer.concat(chunks).toString(),
          });
        });
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('it did not answer in time')));
    outgoing.on('error', fail);
    outgoing.end(body);

    function fail(error: NodeJS.ErrnoException): void {
      const reason =
        error.code === 'ECONNREFUSED' ? `nothing listens on port ${port}` : `port ${port}: ${error.message}`;
      reject(new CommandFailure(EXIT.unavailable, `poptray cannot be reached: ${reason}. ${START}`));
    }
  });
}
