/** Who may tell a program to stop: the system, the terminal, and the npm that started it, by its end. */

import type { Environment } from './environment.ts';
import { findPackageRunner, hasEnded } from './package-runner.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** How often it is looked whether npm is still there, in milliseconds. */
const LOOK_EVERY_MS = 500;
/** A terminal sends Ctrl-C to all, and npm passes it on as well: what comes so soon after the first is the first, in milliseconds. */
const SAME_REQUEST_MS = 500;

export interface StopRequest {
  /** For people. */
  readonly by: string;
  /** Somebody does not want to wait for what the first one has begun. */
  readonly isRepeated: boolean;
}

/** Calls `onRequest` for each request until the function that it returns is called. */
export function watchStopRequests(env: Environment, onRequest: (request: StopRequest) => void): () => void {
  let firstAt: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    const now = performance.now();
    if (firstAt !== undefined && now - firstAt < SAME_REQUEST_MS) return;
    const isRepeated = firstAt !== undefined;
    firstAt ??= now;
    onRequest({ by: signal, isRepeated });
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);

  const runner = findPackageRunner(env);
  const timer = setInterval(() => {
    if (runner === undefined || !hasEnded(runner)) return;
    clearInterval(timer);
    // After a signal it is no second request: npm has had the same signal.
    if (firstAt !== undefined) return;
    firstAt = performance.now();
    onRequest({ by: 'npm has ended', isRepeated: false });
  }, LOOK_EVERY_MS).unref();
  if (runner === undefined) clearInterval(timer);

  return () => {
    clearInterval(timer);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
}
