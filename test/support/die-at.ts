/** Loaded into a child before its program: has it die, as by `kill -9`, at the step that DIE_AT names. */
import fs from 'node:fs';
import { ServerResponse } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';

/** In the order in which a pop goes through them. */
export const STEPS = ['intent', 'half an intent', 'sync', 'send', 'result', 'reply'] as const;
export type Step = (typeof STEPS)[number];

const step = process.env.DIE_AT;
const die = (at: Step) => step === at && process.kill(process.pid, 'SIGKILL');
const [writeSync, fdatasync] = [fs.writeSync, fs.fdatasync] as [(...given: unknown[]) => number, never];
const { fdatasyncSync } = fs;
const [send, reply] = [Socket.prototype.write, ServerResponse.prototype.end];
let written = '';

if (step !== undefined) {
  fs.writeSync = ((fd: number, data: Uint8Array | string, ...rest: unknown[]) => {
    const text = String(data);
    const type = /"type":"(intent|result)"/.exec(text)?.[1];
    if (type === 'intent') {
      die('intent');
      if (step === 'half an intent') writeSync(fd, text.slice(0, text.length / 2));
      die('half an intent');
    }
    if (type === 'result') die('result');
    const bytes = writeSync(fd, data, ...rest);
    written = type ?? written;
    return bytes;
  }) as typeof fs.writeSync;
  fs.fdatasync = ((...given: Parameters<typeof fs.fdatasync>) => {
    if (written === 'intent') die('sync');
    return (fdatasync as typeof fs.fdatasync)(...given);
  }) as typeof fs.fdatasync;
  // Where the disk is quick, or the machine busy, the log waits for it on the spot.
  fs.fdatasyncSync = (fd) => {
    if (written === 'intent') die('sync');
    fdatasyncSync(fd);
  };
  syncBuiltinESMExports();

  Socket.prototype.write = function (this: Socket, ...given: Parameters<Socket['write']>) {
    if (String(given[0]).includes('/screenpops HTTP/1.1')) die('send');
    return send.apply(this, given);
  } as Socket['write'];
  ServerResponse.prototype.end = function (
    this: ServerResponse,
    ...given: Parameters<ServerResponse['end']>
  ) {
    if (written === 'result') die('reply');
    return reply.apply(this, given);
  } as ServerResponse['end'];
}
