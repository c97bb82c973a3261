/** The service manager that has started this process and waits to hear how it stands: systemd, for a unit of Type=notify. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Environment } from './environment.ts';

/** It answers at once or is not there; milliseconds. */
const PATIENCE_MS = 10_000;

/**
 * Sends it assignments of sd_notify(3), such as `READY=1`; without one it does nothing. By systemd's own program, because Node has
 * no datagram sockets in the file system. Rejects when it could not be told.
 */
export async function tellServiceManager(env: Environment, ...assignments: string[]): Promise<void> {
  if (!env.NOTIFY_SOCKET) return;
  await promisify(execFile)('systemd-notify', assignments, { env, timeout: PATIENCE_MS });
}
