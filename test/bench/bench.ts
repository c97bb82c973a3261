/** `npm run bench`: poptray beside a bare Node loop, in one run; ratios say more than figures. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { buildAll } from '../../scripts/build.ts';
import { isBuildStale } from '../../scripts/start/freshness.ts';
import { benchDaily } from './daily.ts';
import { benchDashboard } from './dashboard.ts';
import { isKept, limitOf, lineOf, type Metric } from './figure.ts';
import { benchLongPast } from './long-past.ts';
import { cleanUp, ROOT } from './processes.ts';
import { benchShown } from './shown.ts';
import { benchThroughput } from './throughput.ts';
import { benchWindow } from './window.ts';

const { values: options } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    only: { type: 'string' },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    entries: { type: 'string', default: '1000000' },
    pops: { type: 'string', default: '100000' },
    idle: { type: 'string', default: '60' },
    help: { type: 'boolean', default: false },
  },
});

const HELP = `npm run bench -- [--only PART] [--check] [--seconds N] [--rounds N] [--pops N] [--entries N]
                    [--idle N]

  --only PART   one of throughput, daily, long-past, dashboard, shown, instead of all
  --check       exits 1 when a budget of test/bench/budgets.json is broken
  --seconds N   of each round under load (3)
  --rounds N    of which the medians are taken (3)
  --pops N      over which memory may grow (100000; the budget is for 1000000, which takes some minutes more)
  --entries N   of the log with a long past (1000000)
  --idle N      seconds of idling (60)

Prints one table and writes bench-results.json. Meaningful on a machine that does nothing else.`;

const parts: Record<string, () => Promise<Metric[]>> = {
  throughput: () =>
    benchThroughput(
      { seconds: Number(options.seconds), rounds: Number(options.rounds), pops: Number(options.pops) },
      say,
    ),
  daily: () => benchDaily({ idleSeconds: Number(options.idle) }, say),
  'long-past': () => benchLongPast({ entries: Number(options.entries) }, say),
  shown: async () => [...(await benchWindow(say)), ...(await benchShown(say))],
  dashboard: async () => {
    const { firstLoadKb, interactiveMs, scrolling, blank } = await benchDashboard();
    return [
      { name: 'JavaScript of the dashboard, gzipped', value: firstLoadKb, unit: 'kB' },
      { name: 'dashboard, time to interactive', value: interactiveMs, unit: 'ms' },
      {
        name: 'scrolling 100,000 entries, worst frame',
        value: scrolling.worstMs,
        unit: 'ms',
        beside: `${scrolling.count} frames, ${scrolling.late} over 32 ms; a blank page's worst ${blank.worstMs.toFixed(0)} ms`,
      },
      { name: 'scrolling 100,000 entries, longest task', value: scrolling.busiestMs, unit: 'ms CPU' },
    ];
  },
};

if (options.help) say(HELP);
else if (options.only !== undefined && !(options.only in parts)) {
  say(`there is no part ${options.only}; see --help`);
  process.exitCode = 64;
} else {
  try {
    await main();
  } finally {
    cleanUp();
  }
}

async function main(): Promise<void> {
  if (isBuildStale(ROOT)) await buildAll();
  const figures: Metric[] = [];
  for (const [name, run] of Object.entries(parts)) {
    if (options.only !== undefined && options.only !== name) continue;
    say(`${name}:`);
    figures.push(...(await run()));
  }
  say(`\n${figures.map(lineOf).join('\n')}`);
  const results = figures.map((figure) => ({ ...figure, limit: limitOf(figure), isKept: isKept(figure) }));
  writeFileSync(
    'bench-results.json',
    `${JSON.stringify({ node: process.version, figures: results }, null, 2)}\n`,
  );
  const broken = figures.filter((figure) => !isKept(figure));
  say(broken.length === 0 ? '\nall budgets are kept' : `\n${broken.length} budgets are broken`);
  if (options.check && broken.length > 0) process.exitCode = 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
