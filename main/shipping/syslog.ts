/** Syslog over TCP or TLS, each message behind its length (RFC 6587 §3.4.1, RFC 5425 §4.3). */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type SecureContextOptions } from 'node:tls';
import type { AuditEntry } from '../../shared/audit.ts';
import type { Exporter } from './shipper.ts';
import { ShippingFailure } from './shipping-failure.ts';
import { type SyslogOrigin, syslogMessage } from './syslog-message.ts';

/** Connection, handshake, messages and the receiver's goodbye, in milliseconds. */
const TIMEOUT_MS = 30_000;

/** PEM. */
export type Credentials = Pick<SecureContextOptions, 'ca' | 'cert' | 'key'>;

export interface SyslogReceiver {
  readonly host: string;
  readonly port: number;
  /** Authorities to trust instead of the system's, and our own certificate; throws ShippingFailure. Without it, plain TCP. */
  readonly tls?: (() => Credentials) | undefined;
}

export function createSyslog(receiver: SyslogReceiver, origin: SyslogOrigin): Exporter {
  let frames: Buffer[] = [];
  return {
    everyMs: 1000,
    most: 500,
    load(entries: readonly AuditEntry[]) {
      for (const entry of entries) frames.push(frame(syslogMessage(entry, origin)));
    },
    async deliver(stopping) {
      await send(Buffer.concat(frames), receiver, stopping);
      frames = [];
    },
  };
}

function frame(message: string): Buffer {
  const bytes = Buffer.from(message);
  return Buffer.concat([Buffer.from(`${bytes.length} `), bytes]);
}

/**
 * Resolves when the receiver has said goodbye after we did. Syslog has no acknowledgement, and what TCP has taken
 * can still be lost with the connection; but who answers our end with theirs has read everything before it
 * (RFC 5425 §4.4 makes that a duty). Rejects with ShippingFailure.
 */
async function send(bytes: Buffer, receiver: SyslogReceiver, stopping: AbortSignal): Promise<void> {
  const { host, port } = receiver;
  const tls = receiver.tls?.();
  return new Promise((resolve, reject) => {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const signal = AbortSignal.any([stopping, timeout]);
    const servername = isIP(host) ? {} : { servername: host };
    const socket: Socket = tls
      ? connectTls({ ...tls, ...servername, host, port, rejectUnauthorized: true })
      : connectTcp({ host, port });
    const end = (failure?: ShippingFailure) => {
      signal.removeEventListener('abort', abort);
      socket.destroy();
      if (failure) reject(failure);
      else resolve();
    };
    const abort = () => end(new ShippingFailure(timeout.aborted ? 'timeout' : 'aborted'));
    signal.addEventListener('abort', abort);
    socket.on('error', (error: NodeJS.ErrnoException) =>
      end(new ShippingFailure(error.code ?? error.name, error)),
    );
    socket.on(tls ? 'secureConnect' : 'connect', () => socket.end(bytes));
    socket.on('end', () => end(socket.writableFinished ? undefined : new ShippingFailure('closed_early')));
    // What it may say is of no interest, but the end of it is.
    socket.resume();
  });
}
