/** Runs poptray's programs for real, each in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, onTestFinished, vi } from 'vitest';
import { tempDir } from '../support/temp-dir.ts';

// A busy machine takes its time to start a dozen programs.
vi.setConfig({ testTimeout: 60_000 });

const ROOT = join(import.meta.dirname, '../..');

export interface Outcome {
  /** The exit code; the signal's name when one ended it. */
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly dataDir?: string;
  /** Over a bare environment without keychain. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  /** A program that runs it, with that one's arguments. */
  readonly under?: readonly string[];
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Outcome>;
  /** What a line of its output, or error output, captures; rejects when it ends without such a line. */
  line(pattern: RegExp): Promise<string>;
}

/** Starts a program of `main/`; it is killed after the test. */
export function start(program: 'cli.ts' | 'headless.ts', args: string[], options: RunOptions = {}): Running {
  const { dataDir, env, input = '', cwd, under = [] } = options;
  const [command = '', ...rest] = [...under, process.execPath, join(ROOT, 'main', program), ...args];
  const child = spawn(command, rest, {
    cwd,
    env: {
      PATH: process.env.PATH,
      HOME: tempDir(),
      // Shared, so that only the first of them compiles.
      XDG_CACHE_HOME: join(ROOT, 'node_modules/.cache'),
      POPTRAY_KEYCHAIN: 'off',
      ...(dataDir !== undefined && { POPTRAY_DATA_DIR: dataDir }),
      ...env,
    },
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const output = { stdout: '', stderr: '' };
  let isOver = false;
  let wake = () => {};
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      output[name] += chunk;
      wake();
    });
  }
  // One that needs no input may have ended before it is offered.
  child.stdin.on('error', () => {}).end(input);
  const ended = once(child, 'close').then(([code, signal]) => {
    isOver = true;
    wake();
    // Nobody who uses a program should have to read one.
    expect(output.stdout + output.stderr).not.toMatch(/^ +at .+:\d+:\d+\)?$/m);
    return { code: (code ?? signal) as number | string, ...output };
  });
  return {
    child,
    ended,
    async line(pattern) {
      for (;;) {
        const found = pattern.exec(output.stdout + output.stderr);
        if (found) return found[1] ?? found[0];
        if (isOver) throw new Error(`ended without ${pattern}: ${output.stdout}${output.stderr}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

/** Runs a poptray command to its end. */
export function poptray(args: string[], options?: RunOptions): Promise<Outcome> {
  return start('cli.ts', args, options).ended;
}

export interface Headless extends Running {
  readonly dataDir: string;
  readonly port: number;
  /** Runs a command on the same folder. */
  poptray(...args: string[]): Promise<Outcome>;
}

/** Starts poptray on a free port and waits until it listens and has said all that it says then. */
export async function startHeadless(options: RunOptions & { args?: string[] } = {}): Promise<Headless> {
  const { args = ['--port', '0'], dataDir = join(tempDir(), 'data') } = options;
  const running = start('headless.ts', args, { ...options, dataDir });
  const port = Number(await running.line(/listens on http:\/\/127\.0\.0\.1:(\d+)/));
  await running.line(/customerName":/);
  return {
    ...running,
    dataDir,
    port,
    poptray: (...command) => poptray(command, { dataDir, ...(options.env && { env: options.env }) }),
  };
}
