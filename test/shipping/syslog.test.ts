import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSyslog } from '../../main/shipping/syslog.ts';
import { syslogMessage } from '../../main/shipping/syslog-message.ts';
import { anyEntry } from '../support/entry-arbitrary.ts';
import { nobody, serveRaw } from '../support/servers.ts';

const ORIGIN = { hostname: 'desk-7', instance: '0f5b', version: '0.1.0' };
const ENTRIES = fc.sample(anyEntry, 5);

function syslogTo(url: string) {
  const syslog = createSyslog({ host: '127.0.0.1', port: Number(new URL(url).port) }, ORIGIN);
  syslog.load(ENTRIES);
  return syslog;
}

/** The messages, cut by their lengths in octets. */
function unframe(bytes: Buffer): string[] {
  const messages: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(bytes.toString('latin1', at, space));
    expect(length).toBeGreaterThan(0);
    messages.push(bytes.toString('utf8', space + 1, space + 1 + length));
    at = space + 1 + length;
  }
  return messages;
}

describe('syslog over TCP', () => {
  const signal = new AbortController().signal;

  test('puts its length in octets before each message, and counts them as taken once the receiver has said goodbye', async () => {
    let received = '';
    const url = await serveRaw((socket) => {
      void text(socket).then((all) => {
        received = all;
      });
    });
    const syslog = syslogTo(url);
    await syslog.deliver(signal);
    expect(unframe(Buffer.from(received))).toEqual(ENTRIES.map((entry) => syslogMessage(entry, ORIGIN)));
  });

  const breaks: [string, (socket: Socket) => void][] = [
    ['cuts the connection', (socket) => socket.once('data', () => socket.resetAndDestroy())],
    ['ends it before we do', (socket) => socket.end()],
  ];
  test.each(breaks)(
    'holds what a receiver that %s may not have read, and sends it again',
    async (_, onFirst) => {
      const received: Promise<string>[] = [];
      const handlers = [onFirst];
      const url = await serveRaw((socket) => {
        const handle = handlers.shift();
        if (handle) handle(socket);
        else received.push(text(socket));
      });
      const syslog = syslogTo(url);
      // More than the buffers on the way can hold.
      for (let turn = 0; turn < 2000; turn += 1) syslog.load(ENTRIES);
      await expect(syslog.deliver(signal)).rejects.toMatchObject({ name: 'ShippingFailure' });
      await syslog.deliver(signal);
      expect(unframe(Buffer.from((await received[0]) ?? ''))).toHaveLength(5 * 2001);
    },
  );

  test('does not take a receiver that never says goodbye for one that has everything', async () => {
    const stopping = new AbortController();
    // It never reads, so it never learns that we are done.
    const url = await serveRaw((socket) => socket.on('readable', () => stopping.abort()));
    await expect(syslogTo(url).deliver(stopping.signal)).rejects.toMatchObject({ code: 'aborted' });
  });

  test('says why a receiver cannot be reached', async () => {
    await expect(syslogTo(await nobody()).deliver(signal)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
