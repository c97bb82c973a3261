/** `npm run bench`: poptray beside a bare Node loop, in one run, on one stub; ratios say more than figures. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import {
  closeSync,
  fdatasync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import autocannon from 'autocannon';
import budgets from './budgets.json' with { type: 'json' };

const { values: options } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    help: { type: 'boolean', default: false },
  },
});
if (options.help) {
  say(
    'npm run bench -- [--check] [--seconds N] [--rounds N]\n  --check  exits 1 when a budget of test/bench/budgets.json is broken',
  );
  process.exit();
}

const CONNECTIONS = [1, 16, 64];
const TOKEN = 'bench-local-token-0123456789abcdef';
const BODY = JSON.stringify({
  userId: '3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b',
  customerData: { customerName: 'Ada Lovelace', caseId: 'C-1' },
});
const children: ChildProcess[] = [];
const folders: string[] = [];

interface Figures {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

try {
  await main();
} finally {
  for (const child of children) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

async function main(): Promise<void> {
  const stub = `http://127.0.0.1:${await portOf(fork(join(import.meta.dirname, 'stub.ts')))}`;
  const floorUrl = `http://127.0.0.1:${await portOf(fork(join(import.meta.dirname, 'floor.ts'), [stub]))}`;
  const start = await timeStart(stub);
  const poptray = await startPoptray(stub);
  const idleMb = residentMb(poptray.child);
  const syncMs = await timeSync();

  const rows: { connections: number; floor: Figures; poptray: Figures }[] = [];
  for (const connections of CONNECTIONS) {
    const rounds: { floor: Figures; poptray: Figures }[] = [];
    // The first round warms up and is not counted.
    for (let round = 0; round <= Number(options.rounds); round += 1) {
      say(
        `  ${connections} connections, round ${round} of ${options.rounds}${round === 0 ? ' (warm-up)' : ''}`,
      );
      const floor = await load(floorUrl, connections);
      const ours = await load(poptray.url, connections);
      if (round > 0) rounds.push({ floor, poptray: ours });
    }
    rows.push({
      connections,
      floor: medianOf(rounds.map(({ floor }) => floor)),
      poptray: medianOf(rounds.map(({ poptray: ours }) => ours)),
    });
  }
  const behindSeconds = await waitForWebhooks(stub, poptray.url);
  const loadedMb = residentMb(poptray.child);

  const results = { node: process.version, syncMs, idleMb, loadedMb, behindSeconds, ...start, rows };
  print(results);
  writeFileSync('bench-results.json', `${JSON.stringify(results, null, 2)}\n`);
  if (options.check) check(results);
}

function print({ syncMs, idleMb, loadedMb, behindSeconds, startMs, firstPopMs, rows }: Results): void {
  const line = (...cells: (string | number)[]) =>
    say(cells.map((cell) => String(cell).padStart(13)).join(''));
  say('');
  line('connections', '', 'pops/s', 'p50 ms', 'p99 ms');
  for (const { connections, floor, poptray } of rows) {
    line(connections, 'bare loop', floor.perSecond.toFixed(0), floor.p50.toFixed(2), floor.p99.toFixed(2));
    line('', 'poptray', poptray.perSecond.toFixed(0), poptray.p50.toFixed(2), poptray.p99.toFixed(2));
    const ratio = (key: keyof Figures) => (poptray[key] / floor[key]).toFixed(2);
    line('', 'ratio', ratio('perSecond'), ratio('p50'), ratio('p99'));
  }
  say('');
  say(`one fdatasync                     ${syncMs.toFixed(2)} ms`);
  say(`start to listening                ${startMs.toFixed(0)} ms`);
  say(`start to the first delivered pop  ${firstPopMs.toFixed(0)} ms`);
  say(`memory, idle                      ${idleMb.toFixed(0)} MB`);
  say(`memory, after the load            ${loadedMb.toFixed(0)} MB`);
  say(`webhooks behind after the load    ${behindSeconds.toFixed(1)} s`);
}

interface Results {
  readonly syncMs: number;
  readonly idleMb: number;
  readonly loadedMb: number;
  readonly behindSeconds: number;
  readonly startMs: number;
  readonly firstPopMs: number;
  readonly rows: readonly { connections: number; floor: Figures; poptray: Figures }[];
}

function check({ rows, syncMs }: Results): void {
  const broken: string[] = [];
  for (const [connections, least] of Object.entries(budgets.triggersPerSecondRatio)) {
    const row = rows.find((candidate) => candidate.connections === Number(connections));
    const ratio = row ? row.poptray.perSecond / row.floor.perSecond : 0;
    if (ratio < least)
      broken.push(
        `triggers per second at ${connections}: ${ratio.toFixed(2)} of the bare loop, under ${least}`,
      );
  }
  const one = rows.find(({ connections }) => connections === 1);
  const { timesFloor, plusSyncs } = budgets.p50AtOneConnection;
  const most = timesFloor * (one?.floor.p50 ?? 0) + plusSyncs * syncMs;
  if (!one || one.poptray.p50 > most)
    broken.push(`p50 at one connection: ${one?.poptray.p50} ms, over ${most.toFixed(2)} ms`);
  say(broken.length === 0 ? '\nall budgets are kept' : `\nbroken budgets:\n  ${broken.join('\n  ')}`);
  if (broken.length > 0) process.exitCode = 1;
}

async function load(url: string, connections: number): Promise<Figures> {
  if (connections === 1) return oneByOne(url);
  const result = await autocannon({
    url: `${url}/trigger-screenpop`,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
    body: BODY,
    connections,
    duration: Number(options.seconds),
  });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${result.non2xx} refused, ${result.errors} failed at ${url}`);
  return { perSecond: result.requests.average, p50: result.latency.p50, p99: result.latency.p99 };
}

/** One connection, timed to the microsecond: autocannon's latencies are whole milliseconds. */
async function oneByOne(url: string): Promise<Figures> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` };
  const times: number[] = [];
  const until = performance.now() + Number(options.seconds) * 1000;
  while (performance.now() < until) {
    const began = performance.now();
    await new Promise<void>((resolve, reject) => {
      const call = request(`${url}/trigger-screenpop`, { method: 'POST', agent, headers }, (reply) => {
        reply.resume();
        reply.on('end', resolve);
        if (reply.statusCode !== 200) reject(new Error(`answered ${reply.statusCode}`));
      });
      call.on('error', reject);
      call.end(BODY);
    });
    times.push(performance.now() - began);
  }
  agent.destroy();
  times.sort((x, y) => x - y);
  const at = (share: number) => times[Math.floor(share * times.length)] ?? 0;
  return { perSecond: times.length / Number(options.seconds), p50: at(0.5), p99: at(0.99) };
}

function medianOf(all: readonly Figures[]): Figures {
  const median = (key: keyof Figures) =>
    all.map((one) => one[key]).sort((a, b) => a - b)[all.length >> 1] ?? 0;
  return { perSecond: median('perSecond'), p50: median('p50'), p99: median('p99') };
}

async function startPoptray(
  stub: string,
): Promise<{ child: ChildProcess; url: string; listeningAfterMs: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'poptray-bench-'));
  folders.push(folder);
  const began = performance.now();
  const child = spawn(process.execPath, ['main/headless.ts', '--port', '0', '--data-dir', folder], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      POPTRAY_KEYCHAIN: 'off',
      POPTRAY_TOKEN: TOKEN,
      POPTRAY_RATE_LIMIT: '0',
      GENESYS_BASE_URL: stub,
      GENESYS_CLIENT_ID: 'bench',
      GENESYS_CLIENT_SECRET: 'bench-secret',
      SIGNING_SECRET: 'bench-signing-secret',
      PRODUCTIVITY_WEBHOOK_URL: `${stub}/webhook`,
      PRODUCTIVITY_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`poptray ended with ${code}`)));
    child.stdout?.on('data', (text: Buffer) => {
      const found = /listens on (\S+)/.exec(String(text))?.[1];
      if (found) resolve(found);
    });
  });
  return { child, url, listeningAfterMs: performance.now() - began };
}

async function timeStart(stub: string): Promise<{ startMs: number; firstPopMs: number }> {
  const times: { startMs: number; firstPopMs: number }[] = [];
  for (let round = 0; round < 5; round += 1) {
    const began = performance.now();
    const { child, url, listeningAfterMs } = await startPoptray(stub);
    const reply = await fetch(`${url}/trigger-screenpop`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
      body: BODY,
    });
    if (reply.status !== 200) throw new Error(`the first pop was answered ${reply.status}`);
    times.push({ startMs: listeningAfterMs, firstPopMs: performance.now() - began });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }
  return times.sort((a, b) => a.firstPopMs - b.firstPopMs)[2] as { startMs: number; firstPopMs: number };
}

async function timeSync(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'poptray-bench-'));
  folders.push(folder);
  const fd = openSync(join(folder, 'sync'), 'a');
  const times: number[] = [];
  for (let round = 0; round < 200; round += 1) {
    writeSync(fd, Buffer.alloc(1500, 0x2e));
    const began = performance.now();
    await promisify(fdatasync)(fd);
    times.push(performance.now() - began);
  }
  closeSync(fd);
  return times.sort((a, b) => a - b)[100] ?? 0;
}

/** Seconds until the receiver has had a webhook for each pop that poptray has delivered. */
async function waitForWebhooks(stub: string, url: string): Promise<number> {
  const began = performance.now();
  const metrics = async () =>
    (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } })).text();
  const delivered = Number(
    /poptray_triggers_total\{status="delivered"[^}]*\} (\d+)/.exec(await metrics())?.[1],
  );
  for (;;) {
    const sent = Number(await (await fetch(`${stub}/webhooks`)).text());
    if (sent >= delivered) return (performance.now() - began) / 1000;
    if (performance.now() - began > 120_000)
      throw new Error(`only ${sent} of ${delivered} webhooks were sent`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function residentMb({ pid }: ChildProcess): number {
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) / 1024;
}

function portOf(child: ChildProcess): Promise<number> {
  children.push(child);
  return new Promise((resolve) => child.once('message', (port) => resolve(port as number)));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
