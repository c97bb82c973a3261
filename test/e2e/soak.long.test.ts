import { fork } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { deliveringTo } from '../support/environment.ts';
import { startHeadless } from '../support/headless.ts';
import { startIdempotentDestination } from '../support/idempotent-destination.ts';
import { serve } from '../support/servers.ts';
import { tempDir } from '../support/temp-dir.ts';
import { USER } from '../support/test-app.ts';

/** The promise is for ten: SOAK_MINUTES=10 npm run test:long. */
const MINUTES = Number(process.env.SOAK_MINUTES ?? 1);
const PER_SECOND = 50;
const RUNS_MS = MINUTES * 60_000;
/** After so many pops one goes through the bare loop. */
const LOOP_EACH = 5;

const quantile = (values: readonly number[], q: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? Number.NaN;

test.skipIf(process.platform !== 'linux')(
  `F32 ${MINUTES} min at ${PER_SECOND} pops a second: quick to the end, and no larger`,
  { timeout: RUNS_MS + 60_000 },
  async () => {
    const destination = await startIdempotentDestination(() => 2);
    const app = await startHeadless({
      dataDir: join(tempDir(), 'data'),
      env: deliveringTo(destination.url),
    });
    const loop = await startLoop();
    const [latencies, looped]: [number[], number[]] = [[], []];
    const samples: ReturnType<typeof sampleOf>[] = [];
    const underWay = new Set<Promise<void>>();
    const fire = async (key: string) => {
      const began = performance.now();
      const response = await app.post({ userId: USER, idempotencyKey: key, customerData: { key } });
      expect([response.status, ((await response.json()) as { status: string }).status]).toEqual([
        200,
        'delivered',
      ]);
      latencies.push(performance.now() - began);
    };

    const fireLoop = async () => {
      const began = performance.now();
      await (await fetch(loop, { method: 'POST', body: '{}' })).text();
      looped.push(performance.now() - began);
    };

    const began = performance.now();
    const wanted = (RUNS_MS / 1000) * PER_SECOND;
    for (let sent = 0; sent < wanted; sent += 1) {
      // By the clock, not by the answers: a caller does not wait for the one before.
      const due = began + (sent * 1000) / PER_SECOND - performance.now();
      if (due > 0) await wait(due);
      const pop = fire(`key-${sent}`).finally(() => underWay.delete(pop));
      underWay.add(pop);
      if (sent % PER_SECOND === 0) samples.push(sampleOf(app.pid));
      if (sent % LOOP_EACH === 0) {
        const beside = fireLoop().finally(() => underWay.delete(beside));
        underWay.add(beside);
      }
    }
    await Promise.all(underWay);

    const [p99, loopP99] = [quantile(latencies, 0.99), quantile(looped, 0.99)];
    const third = Math.floor(samples.length / 3);
    const [middle, last] = [samples.slice(third, 2 * third), samples.slice(-third)];
    const medianOf = (part: typeof samples, what: keyof ReturnType<typeof sampleOf>) =>
      quantile(
        part.map((sample) => sample[what]),
        0.5,
      );
    const medians = [middle, last].map((part) => ({
      megabytes: medianOf(part, 'megabytes'),
      files: medianOf(part, 'files'),
      sockets: medianOf(part, 'sockets'),
    }));
    process.stdout.write(
      `p99 ${p99.toFixed(1)} ms beside ${loopP99.toFixed(1)} ms of the bare loop; then and later ${JSON.stringify(medians)}\n`,
    );
    expect(latencies).toHaveLength(wanted);
    expect(destination.keys.size).toBe(wanted);
    expect(destination.wrongs).toEqual([]);
    // Whatever else the machine does holds the bare loop up as well.
    expect(p99).toBeLessThan(50 + 3 * loopP99);
    const [then, later] = medians as [(typeof medians)[0], (typeof medians)[0]];
    expect(later.megabytes - then.megabytes).toBeLessThan(10);
    expect(later.files - then.files).toBeLessThan(5);
    // As many as callers and the pool have at a time, which is more on a busy machine.
    expect(later.sockets).toBeLessThan(200);
  },
);

/** A bare loop in a process of its own, which a busy machine holds up as much; see test/bench/floor.ts. */
async function startLoop(): Promise<string> {
  const behind = await serve((request, response) => {
    request.resume().on('end', () => setTimeout(() => response.end('{}'), 2));
  });
  const child = fork(join(import.meta.dirname, '../bench/floor.ts'), [behind]);
  onTestFinished(() => void child.kill('SIGKILL'));
  return `http://127.0.0.1:${await new Promise((resolve) => child.once('message', resolve))}`;
}

function sampleOf(pid: number) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const folder = `/proc/${pid}/fd`;
  const targets = readdirSync(folder).map((name) => {
    try {
      return readlinkSync(join(folder, name));
    } catch {
      // Closed since.
      return 'socket:';
    }
  });
  const sockets = targets.filter((target) => target.startsWith('socket:')).length;
  return {
    megabytes: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024,
    files: targets.length - sockets,
    sockets,
  };
}
