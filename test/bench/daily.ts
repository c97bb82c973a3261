/** What an agent's day is made of: a start, a pop now and then to a destination far away, and long idling. */
import { spawn } from 'node:child_process';
import { type Metric, median } from './figure.ts';
import { load, steadily } from './load.ts';
import {
  cpuMs,
  end,
  environment,
  HEADERS,
  newFolder,
  ROOT,
  residentMb,
  sleep,
  startHelper,
  startPoptray,
  TRIGGER,
} from './processes.ts';

const ROUNDS = 5;

export async function benchDaily(
  { idleSeconds }: { idleSeconds: number },
  say: (line: string) => void,
): Promise<Metric[]> {
  const stub = await startHelper('stub.ts');
  const figures = [...(await timeStart(stub)), ...(await timeCommand(stub))];

  say('  50 pops per second to a destination that takes 40 ms');
  const slow = await startPoptray(environment(`${stub}/slow`));
  await steadily(`${slow.url}/trigger-screenpop`, 50, 5);
  const ours = await steadily(`${slow.url}/trigger-screenpop`, 50, 10);
  const direct = await steadily(`${stub}/slow/screenpops`, 50, 10);
  const beside = (key: 'p50' | 'p99') =>
    `${ours[key].toFixed(1)} beside ${direct[key].toFixed(1)} ms without poptray`;
  figures.push(
    {
      name: 'added to 40 ms at 50 pops per second, p50',
      value: ours.p50 - direct.p50,
      unit: 'ms',
      beside: beside('p50'),
    },
    {
      name: 'added to 40 ms at 50 pops per second, p99',
      value: ours.p99 - direct.p99,
      unit: 'ms',
      beside: beside('p99'),
    },
  );
  await end(slow);

  say(`  ${idleSeconds} seconds of nothing`);
  const idle = await startPoptray(environment(stub));
  await sleep(3000);
  figures.push({ name: 'memory, idle', value: residentMb(idle), unit: 'MB' });
  // As after a call: an idle that has never worked is not the one that counts.
  await load(idle.url, 1, 1);
  await sleep(5000);
  const before = cpuMs(idle);
  await sleep(idleSeconds * 1000);
  figures.push({
    name: 'idle CPU',
    value: (cpuMs(idle) - before) / (idleSeconds * 10),
    unit: '%',
  });
  await end(idle);
  return figures;
}

async function timeStart(stub: string): Promise<Metric[]> {
  const starts: { listening: number; firstPop: number }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const began = performance.now();
    const served = await startPoptray(environment(stub));
    const reply = await fetch(`${served.url}/trigger-screenpop`, {
      method: 'POST',
      headers: HEADERS,
      body: TRIGGER,
    });
    if (reply.status !== 200) throw new Error(`the first pop was answered ${reply.status}`);
    starts.push({ listening: served.listeningAfterMs, firstPop: performance.now() - began });
    await end(served);
  }
  return [
    { name: 'start to listening', value: median(starts.map(({ listening }) => listening)), unit: 'ms' },
    {
      name: 'start to the first delivered pop',
      value: median(starts.map(({ firstPop }) => firstPop)),
      unit: 'ms',
    },
  ];
}

const AGENT = '3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b';
const COMMANDS = {
  trigger: ['--user', AGENT, '--data', 'caseId=C-1'],
  call: ['--from-phone', 'bench', '--', '+49 30 123456'],
};

/** The poptray command as a softphone runs it, from its start to its end. */
async function timeCommand(stub: string): Promise<Metric[]> {
  const folder = newFolder();
  const served = await startPoptray({ ...environment(stub), POPTRAY_AGENT: AGENT }, folder);
  const figures: Metric[] = [];
  for (const [name, args] of Object.entries(COMMANDS))
    figures.push({
      name: `poptray ${name}, whole process`,
      value: await timeOf(name, args, folder),
      unit: 'ms',
    });
  await end(served);
  return figures;
}

async function timeOf(name: string, args: readonly string[], folder: string): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const began = performance.now();
    const command = spawn(process.execPath, ['dist/main/cli.js', name, '--data-dir', folder, ...args], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, POPTRAY_KEYCHAIN: 'off' },
      stdio: 'ignore',
    });
    const code = await new Promise((resolve) => command.once('exit', resolve));
    if (code !== 0) throw new Error(`poptray ${name} ended with ${code}`);
    if (round > 0) times.push(performance.now() - began);
  }
  return median(times);
}
