/** A log with a long past: verifying it, building the read models anew from it, and questions of it. */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Figure, median } from './figure.ts';
import { fillLog } from './fill-log.ts';
import {
  end,
  environment,
  newFolder,
  ROOT,
  type Served,
  sleep,
  startHelper,
  startPoptray,
  TOKEN,
} from './processes.ts';

const DAY_MS = 86_400_000;

export async function benchLongPast(
  { entries }: { entries: number },
  say: (line: string) => void,
): Promise<Figure[]> {
  const folder = newFolder();
  const stub = await startHelper('stub.ts');
  say(`  writing a log of ${entries} entries`);
  await fillLog(folder, entries);
  const figures: Figure[] = [];
  const beside = `${entries} entries`;

  say('  verifying it');
  const began = performance.now();
  await runVerify(folder);
  figures.push({
    name: 'verify a long log, chain and MACs',
    value: (performance.now() - began) / 1000,
    unit: 's',
    beside,
  });

  say('  building the read models from it');
  rmSync(join(folder, 'poptray.db'), { force: true });
  const built = performance.now();
  const served = await startPoptray(environment(stub), folder);
  figures.push({
    name: 'endpoint up over a long log',
    value: served.listeningAfterMs / 1000,
    unit: 's',
    beside,
  });
  const ask = await openSession(served);
  for (;;) {
    const { total } = await ask<{ total: number }>('auditQuery', { filter: {}, offset: 0, limit: 1 });
    if (total >= entries) break;
    await sleep(100);
  }
  figures.push({
    name: 'read models of a long log, built',
    value: (performance.now() - built) / 1000,
    unit: 's',
    beside,
  });

  say('  asking questions of it');
  const now = Date.now();
  const questions: Record<string, [string, object]> = {
    'a page of a long history': ['auditQuery', { filter: {}, offset: 500_000, limit: 100 }],
    'a filtered page of a long history': [
      'auditQuery',
      { filter: { status: 'failed', from: now - 7 * DAY_MS }, offset: 0, limit: 100 },
    ],
    'percentiles over 30 days': ['stats', { from: now - 30 * DAY_MS, to: now, buckets: 60 }],
  };
  for (const [name, [operation, request]] of Object.entries(questions)) {
    const times: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      const asked = performance.now();
      await ask(operation, request);
      if (round > 1) times.push(performance.now() - asked);
    }
    figures.push({ name, value: median(times), unit: 'ms', beside });
  }
  await end(served);
  return figures;
}

async function runVerify(folder: string): Promise<void> {
  const command = spawn(process.execPath, ['dist/main/cli.js', 'audit', 'verify', '--data-dir', folder], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, POPTRAY_KEYCHAIN: 'off' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const code = await new Promise((resolve) => command.once('exit', resolve));
  if (code !== 0) throw new Error(`audit verify ended with ${code}`);
}

/** The dashboard's operations, as its page calls them. */
async function openSession({ url }: Served) {
  const authorization = `Bearer ${TOKEN}`;
  const json = { 'content-type': 'application/json' };
  const link = await fetch(`${url}/ui/links`, {
    method: 'POST',
    headers: { ...json, authorization },
    body: '{}',
  });
  const { path } = (await link.json()) as { path: string };
  const opened = await fetch(url + path, { redirect: 'manual' });
  const cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? '';
  return async <T>(operation: string, request: object): Promise<T> => {
    const reply = await fetch(`${url}/ui/api/${operation}`, {
      method: 'POST',
      headers: { ...json, cookie, 'sec-fetch-site': 'same-origin' },
      body: JSON.stringify(request),
    });
    const answer = (await reply.json()) as { ok?: boolean; value?: T };
    if (!reply.ok || answer.ok !== true) throw new Error(`${operation} was answered ${reply.status}`);
    return answer.value as T;
  };
}
