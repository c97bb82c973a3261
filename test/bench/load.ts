/** Triggers in number: as fast as so many connections can, one after the other, or at a steady rate. */
import { Agent, request } from 'node:http';
import { createHistogram } from 'node:perf_hooks';
import autocannon, { type Result } from 'autocannon';
import { quantile } from './figure.ts';
import { HEADERS, sleep, TRIGGER } from './processes.ts';

export interface Load {
  readonly perSecond: number;
  /** In milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** Closed loop, timed to the microsecond: autocannon's own latencies are whole milliseconds. */
export async function load(url: string, connections: number, seconds: number): Promise<Load> {
  if (connections === 1) return oneByOne(url, seconds);
  const times = createHistogram();
  const result = await new Promise<Result>((resolve, reject) => {
    const options = {
      method: 'POST',
      headers: HEADERS,
      body: TRIGGER,
      connections,
      duration: seconds,
    } as const;
    const instance = autocannon({ url: `${url}/trigger-screenpop`, ...options }, (error, result) =>
      error ? reject(error) : resolve(result),
    );
    instance.on('response', (_client, _status, _bytes, ms) =>
      times.record(Math.max(1, Math.round(ms * 1000))),
    );
  });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${result.non2xx} refused, ${result.errors} failed at ${url}`);
  const [p50, p99] = [times.percentile(50) / 1000, times.percentile(99) / 1000];
  return { perSecond: result.requests.average, p50, p99 };
}

async function oneByOne(url: string, seconds: number): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until) times.push(await timeOne(`${url}/trigger-screenpop`, agent));
  agent.destroy();
  return summary(times, seconds);
}

/** Open loop: one trigger each `1 / perSecond`, whether the one before has been answered or not. */
export async function steadily(target: string, perSecond: number, seconds: number): Promise<Load> {
  const agent = new Agent({ keepAlive: true });
  const pending: Promise<number>[] = [];
  const began = performance.now();
  for (let sent = 0; sent < perSecond * seconds; sent += 1) {
    await sleep(Math.max(0, began + (sent * 1000) / perSecond - performance.now()));
    pending.push(timeOne(target, agent));
  }
  const times = await Promise.all(pending);
  agent.destroy();
  return summary(times, seconds);
}

async function timeOne(target: string, agent: Agent): Promise<number> {
  const began = performance.now();
  await new Promise<void>((resolve, reject) => {
    const call = request(target, { method: 'POST', agent, headers: HEADERS }, (reply) => {
      reply.resume();
      reply.on('end', resolve);
      if (reply.statusCode !== 200) reject(new Error(`answered ${reply.statusCode}`));
    });
    call.on('error', reject);
    call.end(TRIGGER);
  });
  return performance.now() - began;
}

function summary(times: readonly number[], seconds: number): Load {
  return { perSecond: times.length / seconds, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}
