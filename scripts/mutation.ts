/** Changes one place of a folder's sources at a time, and says which changes no test of the folder notices. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import { interval } from './mutation/sample.ts';

const USAGE = `Usage: npm run mutation -- FOLDER

Changes one place at a time in main/FOLDER (a guard removed, a comparison turned, …), runs the tests
of test/FOLDER on each change, and names the changes that none of them noticed, and those that ended by
a time-out or an error beside the tests, which count as noticed: on a busy machine look at these by hand.

  --sample N      only N changes, drawn at random from all of the folder
  --seed TEXT     which ones are drawn: the same for the same seed (1)
  --files GLOB    only these files of the folder ("*.ts")
  --at-once N     how many changes are tried side by side (1; two at least for a sample)
  --help          this text

Minutes for a small folder, an hour for the largest; a sample of 40 takes minutes. Changes in what runs
in another process or thread are not seen there: try such a survivor by hand. Exits 1 when under 85 %
were noticed.`;

/** Under it the folder's tests are too weak. */
const WANTED = 0.85;
/** A run that ends by an error beside the tests is one that vitest calls failed. */
const NOTICED = new Set(['Killed', 'Timeout', 'RuntimeError']);
const UNNOTICED = new Set(['Survived', 'NoCoverage']);

const ROOT = join(import.meta.dirname, '..');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    files: { type: 'string', default: '**/*.ts' },
    'at-once': { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});
const [folder] = positionals;

if (values.help) {
  say(USAGE);
} else if (positionals.length !== 1 || !folder || !hasBoth(folder)) {
  const folders = readdirSync(join(ROOT, 'main')).filter(hasBoth);
  refuse(`FOLDER is one of: ${folders.join(', ')}`);
} else if (!isCount(values['at-once']) || !isCount(values.sample ?? '1')) {
  refuse('N is a whole number from 1');
} else {
  process.exitCode = await mutate(folder);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function refuse(reason: string): void {
  process.stderr.write(`${USAGE}\n\n${reason}\n`);
  process.exitCode = 64;
}

function hasBoth(name: string): boolean {
  return /^[a-z-]+$/.test(name) && ['main', 'test'].every((side) => existsSync(join(ROOT, side, name)));
}

function isCount(text: string): boolean {
  return /^[1-9]\d*$/.test(text);
}

/** Returns the exit code. */
async function mutate(name: string): Promise<number> {
  process.env.MUTATED_FOLDER = name;
  const { sample, seed } = values;
  const stryker = new Stryker({
    testRunner: 'vitest',
    // What vitest holds to be related to a file leaves our tests out.
    vitest: { configFile: 'vitest.mutation.config.ts', related: false },
    mutate: [`main/${name}/${values.files}`],
    concurrency: Number(values['at-once']),
    coverageAnalysis: 'perTest',
    reporters: ['progress'],
    tempDirName: 'test-results/stryker',
    // On top of half as long again as usual, in milliseconds: a busy machine is no endless loop.
    timeoutMS: 30_000,
    dryRunTimeoutMinutes: 60,
    warnings: false,
    ...(sample ? onlyDrawn(sample, seed) : {}),
  });
  const results = await stryker.runMutationTest();
  const tried = results.filter(({ status }) => NOTICED.has(status) || UNNOTICED.has(status));
  for (const { fileName, location, mutatorName, replacement, status } of tried) {
    if (status === 'Killed') continue;
    const { start, end } = location;
    const file = fileName.slice(fileName.indexOf(`main/${name}/`));
    const text = replacement?.replaceAll(/\s+/g, ' ') ?? '';
    say(`${file}:${start.line}:${start.column}-${end.line}:${end.column} ${mutatorName} ${status}: ${text}`);
  }
  const noticed = tried.filter(({ status }) => NOTICED.has(status)).length;
  const score = tried.length === 0 ? 1 : noticed / tried.length;
  say(`main/${name}: ${noticed} of ${tried.length} changes noticed, ${percent(score)}`);
  if (sample) {
    const { low, high } = interval(noticed, tried.length);
    const all = `${percent(low)} to ${percent(high)} of all ${results.length} with 95 % certainty`;
    say(`Drawn with the seed ${seed}: ${all}`);
  }
  return score < WANTED ? 1 : 0;
}

/** What StrykerJS is to be told besides, so that it tries no more than what is drawn. */
function onlyDrawn(count: string, seed: string) {
  // The checker is loaded into processes of its own.
  process.env.SAMPLE_COUNT = count;
  process.env.SAMPLE_SEED = seed;
  return { checkers: ['only-drawn'], plugins: ['@stryker-mutator/*', './scripts/mutation/only-drawn.ts'] };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
