/** A proxy before a server: hands bytes on until the fault that a test has for a call. */
import { connect, type Socket } from 'node:net';
import { serveRaw } from './servers.ts';

export interface Fault {
  /** After so many bytes in that direction of the call, … */
  readonly side: 'request' | 'response';
  readonly bytes: number;
  /** … the connection is reset, or nothing more is handed on, or a byte at a time with so many milliseconds between. */
  readonly next: 'reset' | 'hang' | number;
}

/** `faultOf` is asked when the head of a request has come; resolves with the base URL to call. */
export function startFaultProxy(url: string, faultOf: (head: string) => Fault | undefined): Promise<string> {
  const { hostname, port } = new URL(url);
  return serveRaw((client) => {
    const server = connect({ host: hostname, port: Number(port) });
    const ends = [client, server];
    for (const end of ends) {
      end.on('error', () => {});
      end.on('close', () => {
        for (const other of ends) other.destroy();
      });
    }
    let fault: Fault | undefined;
    const counts = { request: 0, response: 0 };
    const hand = (side: Fault['side'], bytes: Buffer, to: Socket) => {
      if (fault?.side !== side) return void to.write(bytes);
      const before = counts[side];
      counts[side] += bytes.length;
      const kept = bytes.subarray(0, Math.max(0, fault.bytes - before));
      if (kept.length > 0) to.write(kept);
      if (counts[side] < fault.bytes) return;
      if (fault.next === 'reset') {
        // What was handed on shall arrive first.
        setTimeout(() => client.resetAndDestroy(), kept.length > 0 ? 5 : 0);
      } else if (typeof fault.next === 'number') void drip(bytes.subarray(kept.length), to, fault.next);
    };
    client.on('data', (bytes) => {
      const text = bytes.toString('latin1');
      if (/^[A-Z]+ \//.test(text)) {
        fault = faultOf(text);
        counts.request = 0;
        counts.response = 0;
      }
      hand('request', bytes, server);
    });
    server.on('data', (bytes) => hand('response', bytes, client));
  });
}

async function drip(bytes: Buffer, to: Socket, everyMs: number): Promise<void> {
  for (const byte of bytes) {
    await new Promise((resolve) => setTimeout(resolve, everyMs));
    if (to.destroyed) return;
    to.write(Buffer.of(byte));
  }
}
