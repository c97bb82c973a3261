/** A webhook receiver whose every answer a test decides; it checks each signature as a real one would. */
import type { ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { vi } from 'vitest';
import type { Certificate } from './certificates.ts';
import { WEBHOOK_SECRET } from './environment.ts';
import { serve } from './servers.ts';
import { createHappenings } from './until.ts';

export interface ReceivedMessage {
  readonly id: string;
  readonly timestamp: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

type Answer = (response: ServerResponse, message: ReceivedMessage) => void;

export interface Receiver {
  readonly url: string;
  readonly received: ReceivedMessage[];
  /** How all that follows is answered; 204 without it. */
  answer: Answer;
  /** The next ones get these, one each. */
  next(...answers: Answer[]): void;
  /** Waits until this many have come, and gives their ids. */
  got(count: number): Promise<string[]>;
}

export const status =
  (code: number): Answer =>
  (response) =>
    response.writeHead(code).end();
export const hang: Answer = () => {};

/** With a certificate it speaks HTTPS. */
export async function startReceiver(certificate?: Certificate): Promise<Receiver> {
  const happenings = createHappenings();
  const queue: Answer[] = [];
  const received: ReceivedMessage[] = [];
  const url = await serve(async (request, response) => {
    const body = String(Buffer.concat(await request.toArray()));
    const headers = request.headers as Record<string, string>;
    const { 'webhook-id': id = '', 'webhook-timestamp': timestamp } = headers;
    const message = { id, timestamp: Number(timestamp), path: request.url ?? '', headers, body };
    received.push(message);
    happenings.tell();
    (queue.shift() ?? receiver.answer)(response, message);
  }, certificate);
  const receiver: Receiver = {
    url,
    received,
    answer: status(204),
    next: (...answers) => queue.push(...answers),
    async got(count) {
      await happenings.until(
        () => received.length >= count,
        () => `only ${received.length} have come`,
      );
      return received.map(({ id }) => id);
    },
  };
  return receiver;
}

/** What the maintained library makes of a message at the time it was sent; throws when the signature is wrong. */
export function verified({ body, headers, timestamp }: ReceivedMessage, secret = WEBHOOK_SECRET): unknown {
  vi.useFakeTimers({ toFake: ['Date'], now: timestamp * 1000 });
  try {
    return new Webhook(secret).verify(body, headers);
  } finally {
    vi.useRealTimers();
  }
}
