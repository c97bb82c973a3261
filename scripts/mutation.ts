/** Changes one place of a folder's sources at a time, and says which changes no test of the folder notices. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';

const USAGE = `Usage: npm run mutation -- FOLDER

Changes one place at a time in main/FOLDER (a guard removed, a comparison turned, …), runs the tests
of test/FOLDER on each change, and names the changes that none of them noticed.

  --files GLOB    only these files of the folder ("*.ts")
  --at-once N     how many changes are tried side by side (1)
  --help          this text

Minutes for a small folder, an hour for the largest. Exits 1 when under 85 % were noticed.`;

/** Under it the folder's tests are too weak, in percent. */
const WANTED = 85;
const NOTICED = new Set(['Killed', 'Timeout']);
const UNNOTICED = new Set(['Survived', 'NoCoverage']);

const ROOT = join(import.meta.dirname, '..');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
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
  process.stderr.write(`${USAGE}\n\nFOLDER is one of: ${folders.join(', ')}\n`);
  process.exitCode = 64;
} else {
  process.exitCode = await mutate(folder);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function hasBoth(name: string): boolean {
  return /^[a-z-]+$/.test(name) && ['main', 'test'].every((side) => existsSync(join(ROOT, side, name)));
}

/** Returns the exit code. */
async function mutate(name: string): Promise<number> {
  process.env.MUTATED_FOLDER = name;
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
    warnings: false,
  });
  const results = await stryker.runMutationTest();
  const unnoticed = results.filter(({ status }) => UNNOTICED.has(status));
  for (const { fileName, location, mutatorName, replacement, status } of unnoticed) {
    const file = fileName.slice(fileName.indexOf(`main/${name}/`));
    const text = replacement?.replaceAll(/\s+/g, ' ').slice(0, 100) ?? '';
    say(`${file}:${location.start.line} ${mutatorName} ${status}: ${text}`);
  }
  const noticed = results.filter(({ status }) => NOTICED.has(status)).length;
  const all = noticed + unnoticed.length;
  const score = all === 0 ? 100 : (100 * noticed) / all;
  say(`main/${name}: ${noticed} of ${all} changes noticed, ${score.toFixed(1)} %`);
  return score < WANTED ? 1 : 0;
}
