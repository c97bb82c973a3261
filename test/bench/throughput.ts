/** poptray with everything on beside a bare loop, in turns, and what the load leaves behind. */
import { closeSync, fdatasync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import budgets from './budgets.json' with { type: 'json' };
import { type Metric, median } from './figure.ts';
import { type Load, load } from './load.ts';
import {
  end,
  environment,
  HEADERS,
  newFolder,
  residentMb,
  sleep,
  startHelper,
  startPoptray,
  TOKEN,
} from './processes.ts';

const CONNECTIONS = [1, 16, 64];
/** In turns: the bare loop, the least that any program must do (least.ts), and poptray. */
type Round = Record<'floor' | 'least' | 'ours', Load>;

/** How long poptray has to work off what it put off under load, in milliseconds, before the bench gives up. */
const PATIENCE_MS = 120_000;

export async function benchThroughput(
  { seconds, rounds, pops }: { seconds: number; rounds: number; pops: number },
  say: (line: string) => void,
): Promise<Metric[]> {
  const stub = await startHelper('stub.ts');
  const floorUrl = await startHelper('floor.ts', stub);
  const leastUrl = await startHelper('least.ts', stub, join(newFolder(), 'log'), TOKEN);
  const poptray = await startPoptray(environment(stub));
  const figures: Metric[] = [];
  const syncMs = await timeSync();
  figures.push({ name: 'one fdatasync', value: syncMs, unit: 'ms' });

  for (const connections of CONNECTIONS) {
    const measured: Round[] = [];
    // The first round warms up and is not counted.
    for (let round = 0; round <= rounds; round += 1) {
      say(`  ${connections} connections, round ${round} of ${rounds}${round === 0 ? ' (warm-up)' : ''}`);
      const floor = await load(floorUrl, connections, seconds);
      const least = await load(leastUrl, connections, seconds);
      const ours = await load(poptray.url, connections, seconds);
      if (round > 0) measured.push({ floor, least, ours });
      await webhooksSent(stub, poptray.url);
    }
    figures.push(...compare(connections, measured, syncMs));
  }

  const before = residentMb(poptray);
  say('  10 seconds of full load');
  let done = (await load(poptray.url, 64, 10)).perSecond * 10;
  const behind = await webhooksSent(stub, poptray.url);
  figures.push({ name: 'webhooks behind after 10 s of full load', value: behind, unit: 's' });
  say(`  full load until ${pops} pops`);
  while (done < pops) {
    done += (await load(poptray.url, 64, 10)).perSecond * 10;
    await webhooksSent(stub, poptray.url);
  }
  await sleep(2000);
  figures.push({
    name: 'memory, growth over the full load',
    value: residentMb(poptray) - before,
    unit: 'MB',
    beside: `${Math.round(done)} pops`,
  });
  await end(poptray);
  return figures;
}

function compare(connections: number, rounds: readonly Round[], syncMs: number): Metric[] {
  const of = (who: keyof Round, key: keyof Load) => median(rounds.map((round) => round[who][key]));
  const beside = (key: keyof Load, digits: number, who: keyof Round = 'ours') =>
    `${of(who, key).toFixed(digits)} beside ${of('floor', key).toFixed(digits)} of the bare loop`;
  const ratio = (key: keyof Load, who: keyof Round = 'ours') => of(who, key) / of('floor', key);
  const at = `at ${connections} connection${connections === 1 ? '' : 's'}`;
  const { timesFloor, plusSyncs } = budgets.p50AtOneConnection;
  return [
    {
      name: `triggers per second ${at}`,
      value: ratio('perSecond'),
      unit: 'ratio',
      beside: beside('perSecond', 0),
    },
    connections === 1
      ? {
          name: `p50 ${at}`,
          value: of('ours', 'p50'),
          unit: 'ms',
          atMost: timesFloor * of('floor', 'p50') + plusSyncs * syncMs,
          beside: beside('p50', 2),
        }
      : { name: `p50 ${at}`, value: of('ours', 'p50'), unit: 'ms', beside: beside('p50', 2) },
    { name: `p99 ${at}`, value: ratio('p99'), unit: 'ratio', beside: `${beside('p99', 2)}, ms` },
    {
      name: `the least program: triggers ${at}`,
      value: ratio('perSecond', 'least'),
      unit: 'ratio',
      beside: beside('perSecond', 0, 'least'),
    },
    {
      name: `the least program: p50 ${at}`,
      value: of('least', 'p50'),
      unit: 'ms',
      beside: beside('p50', 2, 'least'),
    },
  ];
}

/** One sync of a line of the log's length, at the pace of a single caller: a disk that rests between takes longer. */
async function timeSync(): Promise<number> {
  const fd = openSync(join(newFolder(), 'sync'), 'a');
  const times: number[] = [];
  for (let round = 0; round < 200; round += 1) {
    await sleep(1);
    writeSync(fd, Buffer.alloc(900, 0x2e));
    const began = performance.now();
    await promisify(fdatasync)(fd);
    times.push(performance.now() - began);
  }
  closeSync(fd);
  return median(times);
}

/** Seconds until the receiver has had a webhook for each pop that poptray has delivered. */
async function webhooksSent(stub: string, url: string): Promise<number> {
  const began = performance.now();
  const metrics = await (await fetch(`${url}/metrics`, { headers: HEADERS })).text();
  const delivered = Number(/poptray_triggers_total\{status="delivered"[^}]*\} (\d+)/.exec(metrics)?.[1]);
  for (;;) {
    const sent = Number(await (await fetch(`${stub}/webhooks`)).text());
    if (sent >= delivered) return (performance.now() - began) / 1000;
    if (performance.now() - began > PATIENCE_MS)
      throw new Error(`only ${sent} of ${delivered} webhooks were sent`);
    await sleep(50);
  }
}
