/**
 * The least program that the contract lets be, which poptray cannot overtake: token, payload signed and checked, intent chained
 * and durable before the call, result chained and written before the reply. No limits, schema, keys, history, tree, metrics
 * or webhooks, and no way out of any fault.
 */
import { createHmac, createSecretKey, hash, type KeyObject, randomUUID, timingSafeEqual } from 'node:crypto';
import { fdatasync, openSync, writeSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { Pool } from 'undici';
import { serve } from './serve.ts';

const [stub = '', log = '', token = ''] = process.argv.slice(2);
const pool = new Pool(stub, { connections: 64 });
const path = '/api/v2/users/3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b/screenpops';
const known = hash('sha256', token, 'buffer');
const [signing, chaining] = [1, 2].map((byte) => createSecretKey(Buffer.alloc(32, byte))) as [
  KeyObject,
  KeyObject,
];

const fd = openSync(log, 'a', 0o600);
let mac = Buffer.alloc(32);
let seq = 0;
let lines = '';
let forWrite: (() => void)[] = [];
let forSync: (() => void)[] = [];
let isTurning = false;
let isSyncing = false;

/** About as long as an entry of poptray. One write serves all of a turn of the event loop, one sync all that wait. */
function append(entry: object, until: 'written' | 'durable'): Promise<void> {
  seq += 1;
  const json = JSON.stringify({ ...entry, seq, timestamp: new Date().toISOString(), pad: 'x'.repeat(250) });
  mac = createHmac('sha256', chaining).update(mac).update(json).digest();
  lines += `{"entry":${json},"mac":"${mac.toString('base64')}"}\n`;
  return new Promise((resolve) => {
    (until === 'written' ? forWrite : forSync).push(resolve);
    if (!isTurning) setImmediate(turn);
    isTurning = true;
  });
}

function turn(): void {
  isTurning = false;
  if (lines !== '') writeSync(fd, lines);
  lines = '';
  for (const resolve of forWrite) resolve();
  forWrite = [];
  if (isSyncing || forSync.length === 0) return;
  const served = forSync;
  forSync = [];
  isSyncing = true;
  fdatasync(fd, () => {
    isSyncing = false;
    for (const resolve of served) resolve();
    turn();
  });
}

function sign(body: string): Buffer {
  return createHmac('sha256', signing).update(body).digest();
}

async function pop(request: IncomingMessage, bytes: Buffer): Promise<string> {
  const [, presented = ''] = (request.headers.authorization ?? '').split(' ');
  if (!timingSafeEqual(hash('sha256', presented, 'buffer'), known)) throw new Error('the token is wrong');
  const { userId, ...context } = JSON.parse(bytes.toString()) as { userId: string };
  const popId = randomUUID();
  const body = JSON.stringify({ popId, ...context });
  const signature = sign(body);
  await append({ type: 'intent', popId, userId }, 'durable');
  if (!timingSafeEqual(sign(body), signature)) throw new Error('the payload is not what was signed');
  const headers = {
    'content-type': 'application/json',
    authorization: 'Bearer bench-token',
    'idempotency-key': popId,
    'x-payload-signature': signature.toString('base64'),
  };
  const shown = await post(headers, body);
  await append({ type: 'result', popId, userId, status: 'delivered' }, 'written');
  return JSON.stringify({ status: 'delivered', popId, windowFocused: shown.windowFocused });
}

/** Through undici's dispatch, its quickest way. */
function post(headers: Record<string, string>, body: string): Promise<{ windowFocused: boolean }> {
  return new Promise((resolve, reject) => {
    let text = '';
    pool.dispatch(
      { path, method: 'POST', headers, body },
      {
        onRequestStart: () => {},
        onResponseStart: () => {},
        onResponseData(_controller, chunk) {
          text += chunk;
        },
        onResponseEnd: () => resolve(JSON.parse(text)),
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', async () => {
    const body = await pop(request, Buffer.concat(chunks));
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    response.end(body);
  });
});
serve(server);
