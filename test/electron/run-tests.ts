/** Runs the shell's own tests again in other circumstances, for the long suite. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '../support/temp-dir.ts';

const REPO = join(import.meta.dirname, '../..');

interface Report {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly title: string;
      readonly status: 'passed' | 'failed' | 'pending' | 'skipped' | 'todo';
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

export interface Outcome {
  readonly passed: number;
  /** With what was wrong. */
  readonly failed: readonly string[];
  readonly skipped: readonly string[];
}

/** `files` of test/electron/, with `env` over that of this process. */
export async function runTests(
  files: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const report = join(tempDir(), 'report.json');
  const child = spawn(
    process.execPath,
    [
      join(REPO, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--reporter=json',
      `--outputFile=${report}`,
      ...files.map((file) => `test/electron/${file}`),
    ],
    // With CI set, the configuration would have the report go to a file of its own.
    { cwd: REPO, env: { ...process.env, CI: '', ...env }, stdio: 'ignore' },
  );
  await once(child, 'exit');
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  const all = testResults.flatMap(({ assertionResults }) => assertionResults);
  const broken = testResults.filter(({ assertionResults }) => assertionResults.length === 0);
  return {
    passed: all.filter(({ status }) => status === 'passed').length,
    failed: [
      ...broken.map(({ message }) => message),
      ...all
        .filter(({ status }) => status === 'failed')
        .map(({ title, failureMessages }) => `${title}\n${failureMessages.join('\n')}`),
    ],
    skipped: all
      .filter(({ status }) => status !== 'passed' && status !== 'failed')
      .map(({ title }) => title)
      .sort(),
  };
}
