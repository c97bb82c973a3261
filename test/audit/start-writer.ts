/** Starts a busy writer in a process of its own; it is killed when the test has ended, if the test did not kill it. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { BusyWriterOptions } from './busy-writer.ts';

const SCRIPT = join(import.meta.dirname, 'busy-writer.ts');

/** `env`: over one without a keychain. */
export function startWriter(
  options: BusyWriterOptions,
  env: Readonly<Record<string, string>> = {},
): ChildProcessByStdio<null, Readable, null> {
  const child = spawn(process.execPath, [SCRIPT, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, POPTRAY_KEYCHAIN: 'off', ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}
