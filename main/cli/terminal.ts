/** What the commands print, and how they end. */
import { sayCause } from '../../shared/causes.ts';
import { fileCause } from '../../shared/file-cause.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { visible } from './visible.ts';

/** An end that the user can do something about; the message says what. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

export function print(line: string): void {
  process.stdout.write(`${visible(line)}\n`);
}

export function complain(line: string): void {
  process.stderr.write(`${visible(line)}\n`);
}

/** Says what went wrong and what to do about it, and returns the exit code for it. */
export function explain(error: unknown): ExitCode {
  const { name, message, code, path } = error as NodeJS.ErrnoException;
  const cause = fileCause(error);
  if (error instanceof CommandFailure) {
    complain(message);
    return error.exitCode;
  }
  // By name, because importing the classes would load the whole server into every command.
  switch (name) {
    case 'PortTaken':
      complain(`poptray cannot listen: ${message}`);
      return EXIT.unavailable;
    case 'LogLocked':
      complain(`poptray is already running: ${message}`);
      return EXIT.unavailable;
    case 'SettingsInvalid':
    case 'SecretsLocked':
    case 'SecretTooLong':
    case 'HostUnfit':
    case 'AuditKeyMissing':
    case 'LockUnfit':
      complain(`poptray cannot go on: ${message}`);
      return EXIT.config;
    default:
      if (cause) {
        complain(sayCause(cause));
        return EXIT.config;
      }
      if (code !== undefined && path !== undefined) {
        complain(`poptray cannot use ${path} (${code}): check what it is and who may read and write it.`);
        return EXIT.config;
      }
      complain(`poptray failed: ${message ?? error}`);
      return EXIT.internal;
  }
}
