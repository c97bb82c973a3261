/** The other side of the benchmark, in a process of its own: token server, destination and webhook receiver. */
import { createServer } from 'node:http';
import { Worker } from 'node:worker_threads';
import { serve } from './serve.ts';

/** What a destination far away takes, in milliseconds; for calls below /slow. */
const SLOW_MS = 40;

const token = JSON.stringify({ access_token: 'bench-token', token_type: 'bearer', expires_in: 86_400 });
const shown = JSON.stringify({ id: 'pop', status: 'delivered', windowFocused: true, deliveryTimeMs: 1 });
/** Sleeps until the time that it is told. */
const SLEEPER = `
  const { parentPort } = require('node:worker_threads');
  const cell = new Int32Array(new SharedArrayBuffer(4));
  parentPort.on('message', (until) => {
    Atomics.wait(cell, 0, 0, until - performance.timeOrigin - performance.now());
    parentPort.postMessage(null);
  });`;
const sleepers: Worker[] = [];
let webhooks = 0;

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    const { url = '' } = request;
    if (url === '/webhook') {
      webhooks += 1;
      response.writeHead(204).end();
      return;
    }
    const body = url.endsWith('/oauth/token') ? token : url === '/webhooks' ? String(webhooks) : shown;
    const answer = () => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
      response.end(body);
    };
    if (url.startsWith('/slow/') && body === shown) after(SLOW_MS, answer);
    else answer();
  });
});

/**
 * To some microseconds, on threads that sleep: the timers of the event loop end up to a millisecond late, by more or less as
 * their callers' own timers fall, and a loop that looks at the clock takes processor time from those who are measured.
 */
function after(ms: number, action: () => void): void {
  const sleeper = sleepers.pop() ?? new Worker(SLEEPER, { eval: true });
  sleeper.once('message', () => {
    sleepers.push(sleeper);
    action();
  });
  sleeper.postMessage(performance.timeOrigin + performance.now() + ms);
}

serve(server);
