/** What to tell the user when poptray cannot start, and what can be done about it. */

import { sayCause } from '../../shared/causes.ts';
import { fileCause } from '../../shared/file-cause.ts';

/** By name, as the command does it. */
const ADVICE: Readonly<Record<string, (message: string) => string>> = {
  PortTaken: (message) => message,
  LogLocked: (message) => message,
  SettingsInvalid: (message) => message,
  SecretsLocked: (message) => message,
  SecretTooLong: (message) => message,
  HostUnfit: (message) => message,
  LockUnfit: (message) => message,
  AuditKeyMissing: (message) => `poptray cannot go on: ${message}.`,
};

/** The text of the dialog for any error of the start. */
export function explainStartupFault(error: unknown): string {
  const { name, message, code, path } = (error ?? {}) as NodeJS.ErrnoException;
  const known = Object.hasOwn(ADVICE, name ?? '') ? ADVICE[name ?? ''] : undefined;
  if (known) return known(message);
  const cause = fileCause(error);
  if (cause) return sayCause(cause);
  if (code !== undefined && path !== undefined)
    return `${path} cannot be used (${code}): check what it is and who may read and write it.`;
  return `${message ?? error}\n\nlogs/poptray.log in the data folder may say more.`;
}
