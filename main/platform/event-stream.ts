/** Server-sent events: one JSON value in each, on one line. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** A comment this often, in milliseconds, keeps a quiet stream from being taken for dead. */
const HEARTBEAT_MS = 25_000;

export interface EventStream {
  send(event: object): void;
  end(): void;
  /** Calls `act` once, when it has ended, whoever ended it. */
  onClose(act: () => void): void;
}

/** Begins one. A reader that has not taken `maxWaiting` bytes is cut off: it comes again and asks for all there is. */
export function openEventStream(
  request: IncomingMessage,
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
  maxWaiting: number,
): EventStream {
  response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' });
  const write = (text: string) => {
    // Who does not read would have all that happens kept for them.
    if (response.writableLength > maxWaiting) response.destroy();
    else response.write(text);
  };
  write(': here\n\n');
  const heartbeat = setInterval(() => write(': still here\n\n'), HEARTBEAT_MS).unref();
  // A page that is gone has closed its side; nothing else would end the stream before the next heartbeat.
  request.socket.once('end', () => response.end());
  response.on('close', () => clearInterval(heartbeat));
  return {
    send: (event) => write(`data: ${JSON.stringify(event)}\n\n`),
    end: () => void response.end(),
    onClose: (act) => void response.once('close', act),
  };
}
