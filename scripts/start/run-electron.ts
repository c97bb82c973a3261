/** Runs the tray app until it ends. */
import { spawn } from 'node:child_process';
import { watchStopRequests } from '../../main/platform/stop-requests.ts';

/** An Electron that ends like this within so many milliseconds has never shown anything. */
const CRASH_MS = 10_000;
/** The shell's word for a program whose libraries are missing. */
const NOT_RUN = 127;
const ORDERED: ReadonlySet<string> = new Set(['SIGTERM', 'SIGINT', 'SIGHUP']);

/** Resolves with the exit code, or with why it could not even start. */
export function runElectron(program: string, args: readonly string[]): Promise<number | string> {
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
      end(isEarly && isCrash ? `Electron does not run here (${signal ?? code})` : (code ?? 1));
    });
  });
}
