import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { hasPrograms, needs } from '../support/needs.ts';
import { nobody } from '../support/servers.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startTestApp, TOKEN, USER } from '../support/test-app.ts';

const WAIT = { timeout: 60_000, interval: 100 };

beforeEach(needs('Prometheus: apt-get install prometheus', hasPrograms('prometheus')));

/** Runs a Prometheus that scrapes `target` with a token from a file; resolves with what asks it for a value. */
async function startPrometheus(target: string, token: string) {
  const dir = tempDir();
  const { host } = new URL(await nobody());
  writeFileSync(join(dir, 'token'), token, { mode: 0o600 });
  writeFileSync(
    join(dir, 'prometheus.yml'),
    JSON.stringify({
      global: { scrape_interval: '1s', scrape_timeout: '1s' },
      scrape_configs: [
        {
          job_name: 'poptray',
          authorization: { credentials_file: join(dir, 'token') },
          static_configs: [{ targets: [new URL(target).host] }],
        },
      ],
    }),
  );
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(dir, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(dir, 'tsdb')}`,
      `--web.listen-address=${host}`,
      '--log.level=error',
    ],
    { stdio: 'ignore' },
  );
  // Its folder goes with the test, so it must be gone by then.
  onTestFinished(async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  });
  return async (query: string): Promise<[labels: Record<string, string>, value: number][]> => {
    const response = await fetch(`http://${host}/api/v1/query?query=${encodeURIComponent(query)}`);
    const { data } = (await response.json()) as {
      data: { result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    return data.result.map(({ metric, value }) => [metric, Number(value[1])]);
  };
}

test('a real Prometheus scrapes the figures with a token, and gets nothing with a wrong one', async () => {
  const app = await startTestApp();
  for (let turn = 0; turn < 3; turn += 1) await app.post({ userId: USER });
  const [query, stranger] = await Promise.all([
    startPrometheus(app.url, TOKEN),
    startPrometheus(app.url, 'another-token-0123456789abcdefghijklm'),
  ]);
  const value = async (ask: typeof query, of: string) => (await ask(of))[0]?.[1];
  await vi.waitFor(async () => expect(await value(query, 'up')).toBe(1), WAIT);
  await vi.waitFor(async () => expect(await value(stranger, 'up')).toBe(0), WAIT);
  expect(await value(query, 'poptray_triggers_total{status="delivered"}')).toBe(3);
  await vi.waitFor(async () => {
    expect(await value(query, 'poptray_triggers_total{code="unauthorized"}')).toBeGreaterThan(0);
  }, WAIT);
  expect(await value(query, 'poptray_pop_latency_seconds_count{phase="total"}')).toBe(3);
  expect(
    await value(query, 'histogram_quantile(0.5, poptray_pop_latency_seconds_bucket{phase="total"})'),
  ).toBeGreaterThan(0);
  const types = await query('count({__name__=~"poptray_.*"}) by (__name__)');
  expect(types.map(([{ __name__: name }]) => name)).toContain('poptray_webhooks_waiting');
  expect(await stranger('poptray_triggers_total')).toEqual([]);
}, 90_000);
