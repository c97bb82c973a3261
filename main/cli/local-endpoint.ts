/** Talks to the running poptray on this machine. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { type Agent, type OutgoingHttpHeaders, request } from 'node:http';
import { makeCause, sayCause } from '../../shared/causes.ts';
import { environmentToken, type Host, notedPort } from '../app/bootstrap.ts';
import { readCommandToken } from '../app/command-token.ts';
import { digestOf, proofOf } from '../endpoint/proof.ts';
import { otherHolder } from '../platform/port-holder.ts';
import { EXIT } from './exit-codes.ts';
import { OneConnection } from './one-connection.ts';
import { CommandFailure } from './terminal.ts';

/** Above the longest total deadline that the settings take, in milliseconds. */
const TIMEOUT_MS = 610_000;
/** A proof takes no time. */
const PROOF_TIMEOUT_MS = 5000;
const DEFAULT_PORT = '8080';
const START = 'Start it with "npm start", or name its port with --port N.';

/** No poptray runs, or it listens elsewhere. */
export class NotRunning extends CommandFailure {
  constructor(reason: string) {
    super(EXIT.unavailable, `${reason}. ${START}`);
  }
}

export interface LocalReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface LocalCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** JSON. */
  readonly body?: string | Uint8Array;
  /** For all of it, in milliseconds. */
  readonly patienceMs?: number;
}

/**
 * The port that was named, or else the one that a running poptray has written down; throws CommandFailure without
 * either. Whoever has given the token in POPTRAY_TOKEN need not have the folder: then it is POPTRAY_PORT, or 8080.
 */
export function findPort(host: Host, named: number | undefined): number {
  const port = named ?? notedPort(host);
  if (port !== undefined) return port;
  if (!environmentToken(host.env)) {
    throw new NotRunning(`poptray is not running with ${host.dataDir}`);
  }
  const text = host.env.POPTRAY_PORT?.trim() || DEFAULT_PORT;
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new CommandFailure(EXIT.config, 'POPTRAY_PORT must be a number up to 65535.');
  return Number(text);
}

/** The token of POPTRAY_TOKEN, or the command's own; throws CommandFailure when there is none yet. */
export async function findToken(host: Host): Promise<string> {
  const token = environmentToken(host.env) || (await readCommandToken(host));
  if (token) return token;
  throw new CommandFailure(EXIT.noKey, 'There is no local token yet: start poptray once with "npm start".');
}

/**
 * Sends one request to poptray on this machine, with the token once it has proved that it knows it; throws
 * CommandFailure when nobody answers, or somebody else.
 */
export async function callEndpoint(port: number, token: string, call: LocalCall): Promise<LocalReply> {
  const agent = new OneConnection();
  const { patienceMs } = call;
  const signal = patienceMs === undefined ? undefined : AbortSignal.timeout(patienceMs);
  try {
    await demandProof(port, token, agent, signal);
    return await send(port, { ...call, headers: { authorization: `Bearer ${token}` } }, agent, signal);
  } finally {
    agent.destroy();
  }
}

async function demandProof(
  port: number,
  token: string,
  agent: Agent,
  signal = AbortSignal.timeout(PROOF_TIMEOUT_MS),
): Promise<void> {
  const nonce = randomBytes(32).toString('base64url');
  const question = { method: 'GET', path: `/identity?nonce=${nonce}` } as const;
  const { body } = await send(port, question, agent, signal);
  const proof = Buffer.from(proofOf(digestOf(token), port, nonce));
  const isProof = (given: unknown) => {
    const bytes = Buffer.from(String(given));
    return bytes.length === proof.length && timingSafeEqual(bytes, proof);
  };
  if (proofsIn(body).some(isProof)) return;
  const other = otherHolder(port);
  if (other !== undefined)
    throw new CommandFailure(
      EXIT.unavailable,
      `The token was not sent. ${sayCause(makeCause('port_of_other_user', { port: String(port), user: other }))}`,
    );
  throw new CommandFailure(
    EXIT.unavailable,
    `What listens on port ${port} does not know the token, so it was not sent: it is not poptray, or the token was revoked; then poptray makes another when it is started again. ${START}`,
  );
}

/** Empty when it is no answer of poptray's. */
function proofsIn(body: string): unknown[] {
  try {
    const { proofs } = JSON.parse(body);
    return Array.isArray(proofs) ? proofs : [];
  } catch {
    return [];
  }
}

function send(
  port: number,
  { method, path, body, headers }: LocalCall & { headers?: OutgoingHttpHeaders },
  agent: Agent,
  signal?: AbortSignal,
): Promise<LocalReply> {
  return new Promise((resolve, reject) => {
    const length = body !== undefined && {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        headers: { ...headers, ...length },
        agent,
        timeout: TIMEOUT_MS,
        ...(signal && { signal }),
      },
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
      const isNobodyThere = error.code === 'ECONNREFUSED';
      const reason = isNobodyThere ? `nothing listens on port ${port}` : `port ${port}: ${error.message}`;
      const message = `poptray cannot be reached: ${reason}`;
      reject(
        isNobodyThere
          ? new NotRunning(message)
          : new CommandFailure(EXIT.unavailable, `${message}. ${START}`),
      );
    }
  });
}
