/** A log with a long past: verifying it, building the read models anew from it, and questions of it. */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { openHost } from '../../main/app/bootstrap.ts';
import { checkpointPath } from '../../main/audit/checkpoints/checkpoint-file.ts';
import { gatherEvidence } from '../../main/audit/checkpoints/evidence.ts';
import { auditDir } from '../../main/audit/format/segments.ts';
import { openLink } from '../support/open-link.ts';
import { verifyLog } from '../support/verify-log.ts';
import { type Metric, median } from './figure.ts';
import { fillLog } from './fill-log.ts';
import { steadily } from './load.ts';
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
const WITHOUT_KEYCHAIN = { POPTRAY_KEYCHAIN: 'off' };

export async function benchLongPast(
  { entries }: { entries: number },
  say: (line: string) => void,
): Promise<Metric[]> {
  const folder = newFolder();
  const stub = await startHelper('stub.ts');
  say(`  writing a log of ${entries} entries`);
  await fillLog(folder, entries);
  const figures: Metric[] = [];
  const beside = `${entries} entries`;

  say('  verifying it');
  const evidence = await gatherEvidence(
    await openHost(WITHOUT_KEYCHAIN, folder).secrets(),
    checkpointPath(folder),
  );
  if (!evidence) throw new Error('the keys of the log are not there');
  const macs = await secondsOf(async () => verifyLog(auditDir(folder), { ...evidence, checkpoints: [] }));
  figures.push({ name: 'verify a long log, chain and MACs', value: macs, unit: 's', beside });
  const all = await secondsOf(() => runVerify(folder));
  figures.push({ name: 'verify a long log, with the Merkle root', value: all, unit: 's', beside });

  say('  building the read models from it');
  rmSync(join(folder, 'poptray.db'), { force: true });
  const built = performance.now();
  const served = await startPoptray(environment(stub), folder);
  const up = served.listeningAfterMs / 1000;
  figures.push({ name: 'endpoint up over a long log', value: up, unit: 's', beside });
  const ask = await openSession(served);
  const meanwhile = steadily(`${served.url}/trigger-screenpop`, 20, 3);
  for (;;) {
    const { rebuilding } = await ask<{ rebuilding: number | null }>('status', {});
    if (rebuilding === null) break;
    await sleep(500);
  }
  const whole = (performance.now() - built) / 1000;
  figures.push({ name: 'read models of a long log, built', value: whole, unit: 's', beside });
  const { p50, p99 } = await meanwhile;
  figures.push({
    name: 'a pop while they are built, p99',
    value: p99,
    unit: 'ms',
    beside: `p50 ${p50.toFixed(1)} ms, at 20 a second`,
  });
  await end(served, 'SIGTERM');

  say('  starting over them');
  const again = await startPoptray(environment(stub), folder);
  const upAgain = again.listeningAfterMs / 1000;
  figures.push({ name: 'endpoint up over a long log, models there', value: upAgain, unit: 's', beside });
  await end(again);
  return [...figures, ...(await timeQuestions(await startPoptray(environment(stub), folder), beside, say))];
}

async function timeQuestions(served: Served, beside: string, say: (line: string) => void): Promise<Metric[]> {
  say('  asking questions of it');
  const figures: Metric[] = [];
  const ask = await openSession(served);
  const now = Date.now();
  const page = (filter: object, offset = 0): [string, object] => [
    'auditQuery',
    { filter, offset, limit: 100 },
  ];
  const questions: Record<string, [string, object]> = {
    'a page of a long history': page({}, 500_000),
    'a filtered page of a long history': page({ status: 'failed', from: now - 7 * DAY_MS }),
    'a deep page of the delivered': page({ status: 'delivered' }, 500_000),
    'a page of a user who is not there': page({ userId: 'nobody' }),
    'a page of a rare code': page({ code: 'upstream_timeout' }),
    'percentiles over 30 days': ['stats', { from: now - 30 * DAY_MS, to: now, buckets: 60 }],
    'percentiles over 24 hours': ['stats', { from: now - DAY_MS, to: now, buckets: 96 }],
    'what the header shows': ['status', {}],
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

async function secondsOf(action: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await action();
  return (performance.now() - began) / 1000;
}

async function runVerify(folder: string): Promise<void> {
  const command = spawn(process.execPath, ['dist/main/cli.js', 'audit', 'verify', '--data-dir', folder], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...WITHOUT_KEYCHAIN },
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
  const { headers } = await openLink(url + path);
  return async <T>(operation: string, request: object): Promise<T> => {
    const reply = await fetch(`${url}/ui/api/${operation}`, {
      method: 'POST',
      headers: { ...json, ...headers },
      body: JSON.stringify(request),
    });
    const answer = (await reply.json()) as { ok?: boolean; value?: T };
    if (!reply.ok || answer.ok !== true) throw new Error(`${operation} was answered ${reply.status}`);
    return answer.value as T;
  };
}
