/** The real headless program as a child process, which a test may kill. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Environment } from '../../main/platform/environment.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { TOKEN } from './test-app.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface HeadlessOptions {
  readonly dataDir: string;
  readonly env?: Environment;
  /** Run what `npm run build` made instead of the sources. */
  readonly isBuilt?: boolean;
}

export interface Run {
  readonly pid: number;
  /** All that it wrote to stdout and stderr so far. */
  output(): string;
  /** Resolves when it has ended and all its output is here: with the exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
  kill(signal: NodeJS.Signals): void;
}

export interface Headless extends Run {
  readonly url: string;
  post(trigger: unknown, headers?: Record<string, string>): Promise<Response>;
}

/** The environment of a child: nothing of this process’s but what it needs to run. */
export function childEnvironment({ dataDir, env }: HeadlessOptions): NodeJS.ProcessEnv {
  const home = join(dataDir, '..');
  return {
    PATH: process.env.PATH,
    HOME: home,
    XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(process.env.HOME ?? home, '.cache'),
    POPTRAY_DATA_DIR: dataDir,
    POPTRAY_KEYCHAIN: 'off',
    POPTRAY_TOKEN: TOKEN,
    POPTRAY_RATE_LIMIT: '0',
    ...env,
  };
}

/** Runs one of poptray's entries; it is killed when the test has ended. */
export function run(entry: 'headless.ts' | 'cli.ts', args: string[], options: HeadlessOptions): Run {
  const flags: string[] =
    entry === 'headless.ts' ? (packageJson.scripts.headless.match(/--max-\S+/g) ?? []) : [];
  const file = options.isBuilt ? join('dist/main', entry.replace('.ts', '.js')) : join('main', entry);
  const child = spawn(process.execPath, [...flags, join(ROOT, file), ...args], {
    env: childEnvironment(options),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = new Promise<number | string>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  onTestFinished(() => end(child, ended));
  return { pid: child.pid ?? 0, output: () => output, ended, kill: (signal) => child.kill(signal) };
}

/** Resolves when it listens; rejects with its output when it ends before that. */
export async function startHeadless(options: HeadlessOptions): Promise<Headless> {
  const child = run('headless.ts', ['--port', '0'], options);
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setInterval(() => {
      const found = /poptray listens on (http:\/\/127\.0\.0\.1:\d+)/.exec(child.output())?.[1];
      if (found === undefined) return;
      clearInterval(timer);
      resolve(found);
    }, 5);
    void child.ended.then((how) => {
      clearInterval(timer);
      reject(new Error(`ended with ${how} before it listened: ${child.output()}`));
    });
  });
  return {
    ...child,
    url,
    post: (trigger, headers) =>
      fetch(`${url}/trigger-screenpop`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
        body: JSON.stringify(trigger),
      }),
  };
}

async function end(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await ended;
}
