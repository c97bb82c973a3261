/** What the operating system says of its clock: whether somebody outside keeps it right. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The system's synchronised time. */
export interface SystemTime {
  /** Epoch milliseconds. */
  readonly time: number;
}

/** In milliseconds: a service that does not answer knows nothing. */
const TIMEOUT_MS = 5000;

const run = promisify(execFile);

/** Undefined where the system is not synchronised, or does not say. macOS tells an administrator alone. */
export async function askSystemTime(now: () => number = Date.now): Promise<SystemTime | undefined> {
  try {
    if (process.platform === 'linux') {
      const env = { ...process.env, TZ: 'UTC', LC_ALL: 'C' };
      const asked = ['show', '-p', 'NTPSynchronized', '-p', 'TimeUSec'];
      return parseTimedate((await run('/usr/bin/timedatectl', asked, { env, timeout: TIMEOUT_MS })).stdout);
    }
    if (process.platform === 'win32') {
      const tool = join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'w32tm.exe');
      const { stdout } = await run(tool, ['/query', '/status'], { timeout: TIMEOUT_MS, windowsHide: true });
      return isInStep(stdout) ? { time: now() } : undefined;
    }
  } catch {
    // No such program, or its service does not run.
  }
  return undefined;
}

/** From systemd's timedatectl, with the time in UTC. */
export function parseTimedate(text: string): SystemTime | undefined {
  const time = /^TimeUSec=\w{3} (\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}) UTC$/m.exec(text);
  return /^NTPSynchronized=yes$/m.test(text) && time
    ? { time: Date.parse(`${time[1]}T${time[2]}Z`) }
    : undefined;
}

/** From w32tm, whose words are in the user's language: its first line is the leap indicator (RFC 5905), 3 where it is not in step. */
export function isInStep(text: string): boolean {
  return /^[^\r\n:]+:\s*[0-2]\s*\(/.test(text.trimStart());
}
