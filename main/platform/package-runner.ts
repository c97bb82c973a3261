/** The npm (pnpm, yarn) that started this process: it passes not every signal on, and none when it is killed. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Environment } from './environment.ts';

interface Ancestor {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  readonly isDead: boolean;
}

/** A package runner starts a script through a shell, unless the shell has made way for the script. */
const SHELL = /^\S*sh -c /;
const RUNNER = /\b(npm|npx|pnpm|yarn|bun)\b/;

/**
 * The id of the runner's process; undefined when there is none. Windows does not tell without a program that takes a second to
 * start: there a console ends all that runs in it.
 */
export function findPackageRunner(env: Environment): number | undefined {
  if (env.npm_lifecycle_event === undefined || process.platform === 'win32') return undefined;
  const parent = look(process.ppid);
  const runner = parent && SHELL.test(parent.command) ? look(parent.parent) : parent;
  return runner && RUNNER.test(runner.command) ? runner.pid : undefined;
}

export function hasEnded(pid: number): boolean {
  if (process.platform === 'linux') return look(pid)?.isDead ?? true;
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

function look(pid: number): Ancestor | undefined {
  try {
    return process.platform === 'linux' ? readProc(pid) : askPs(pid);
  } catch {
    return undefined;
  }
}

function readProc(pid: number): Ancestor {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name before it, in brackets, may hold anything.
  const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  return { pid, parent: Number(parent), command, isDead: 'ZX'.includes(state) };
}

function askPs(pid: number): Ancestor | undefined {
  const line = execFileSync('ps', ['-o', 'ppid=,args=', '-p', `${pid}`], { encoding: 'utf8' });
  const [, parent, command = ''] = /^\s*(\d+)\s+(.*)/.exec(line) ?? [];
  return parent === undefined ? undefined : { pid, parent: Number(parent), command, isDead: false };
}
