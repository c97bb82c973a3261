/** Listens on this machine's own addresses: 127.0.0.1 and, where there is IPv6, ::1, on one port. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { promisify } from 'node:util';

/** A free port of the one address may be taken on the other; that often another is tried. */
const TRIES = 10;

/** The port cannot be had. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken';
  /** Undefined where the message says all. */
  readonly port: number | undefined;
  readonly isForbidden: boolean;
  constructor(message: string, port?: number, isForbidden = false) {
    super(message);
    this.port = port;
    this.isForbidden = isForbidden;
  }
}

export interface Listening {
  readonly port: number;
  readonly addresses: readonly string[];
  /** The port that was asked for, where a free one serves instead; else null. */
  readonly insteadOf: number | null;
}

/** 0 is any free port. With `isFree`, any other will do where `port` cannot be had; else throws PortTaken. */
export async function listenOnLoopback(
  servers: readonly [Server, Server],
  port: number,
  isFree = false,
): Promise<Listening> {
  try {
    return { ...(await listenOnBoth(servers, port, port === 0 ? TRIES : 1)), insteadOf: null };
  } catch (error) {
    if (!isFree || port === 0 || !(error instanceof PortTaken)) throw error;
    return { ...(await listenOnBoth(servers, 0, TRIES)), insteadOf: port };
  }
}

async function listenOnBoth(
  servers: readonly [Server, Server],
  wanted: number,
  tries: number,
): Promise<Omit<Listening, 'insteadOf'>> {
  const [first, second] = servers;
  await listen(first, wanted, '127.0.0.1');
  const { port } = first.address() as AddressInfo;
  const addresses = [`http://127.0.0.1:${port}`];
  if (!hasIpv6Loopback()) return { port, addresses };
  try {
    await listen(second, port, '::1');
    return { port, addresses: [...addresses, `http://[::1]:${port}`] };
  } catch (error) {
    await promisify(first.close.bind(first))();
    if (tries <= 1 || !(error instanceof PortTaken)) throw error;
    return listenOnBoth(servers, wanted, tries - 1);
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => {
      const reason = { EADDRINUSE: 'is taken', EACCES: 'may not be used by this account' }[error.code ?? ''];
      const isForbidden = error.code === 'EACCES';
      const text = `port ${port} on ${host} ${reason}`;
      reject(reason === undefined ? error : new PortTaken(text, port, isForbidden));
    };
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      resolve();
    });
  });
}

function hasIpv6Loopback(): boolean {
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ address }) => address === '::1'),
  );
}
