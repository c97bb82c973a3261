/** Runs the tray app until it ends. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { watchStopRequests } from '../../main/platform/stop-requests.ts';

/** An Electron that ends like this within so many milliseconds has never shown anything. */
const CRASH_MS = 10_000;
/** The shell's word for a program whose libraries are missing. */
const NOT_RUN = 127;
const ORDERED: ReadonlySet<string> = new Set(['SIGTERM', 'SIGINT', 'SIGHUP']);

/** Ubuntu from 24.04 on lets programs without an AppArmor profile have none of the namespaces that Electron's sandbox is made of. */
const RESTRICTION = '/proc/sys/kernel/apparmor_restrict_unprivileged_userns';
const NO_NAMESPACES =
  'this system keeps programs from a checkout from making the sandbox that Electron needs. The installed package has ' +
  'a profile that allows it; for a checkout, an administrator can run ' +
  '"sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"';

/** Undefined where the system says nothing about it. */
function mayMakeNamespaces(restriction: string): boolean | undefined {
  try {
    return readFileSync(restriction, 'utf8').trim() !== '1';
  } catch {
    return undefined;
  }
}

/** Resolves with the exit code, or with why it could not even start. */
export function runElectron(
  program: string,
  args: readonly string[],
  restriction = RESTRICTION,
): Promise<number | string> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'inherit' });
    // This one has to stay until the other has stopped in order; which a terminal may have told as well.
    const unwatch = watchStopRequests(process.env, () => child.kill('SIGTERM'));
    const end = (result: number | string) => {
      unwatch();
      resolve(result);
    };
    child.on('error', (error) => end(`Electron does not run: ${error.message}`));
    child.on('exit', (code, signal) => {
      const isEarly = performance.now() - startedAt < CRASH_MS;
      const isCrash = (signal !== null && !ORDERED.has(signal)) || code === NOT_RUN;
      if (!isEarly || !isCrash) return end(code ?? 1);
      const reason =
        signal === 'SIGTRAP' && mayMakeNamespaces(restriction) === false ? `: ${NO_NAMESPACES}` : '';
      end(`Electron does not run here (${signal ?? code})${reason}`);
    });
  });
}
