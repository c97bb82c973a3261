/** What to tell the user when poptray cannot start, and what can be done about it. */

/** By name, as the command does it. */
const ADVICE: Readonly<Record<string, (message: string) => string>> = {
  PortTaken: (message) =>
    `${message}.\n\nStop what uses it, or set another port in settings.json or POPTRAY_PORT.`,
  LogLocked: (message) =>
    `${message}.\n\nAnother poptray, perhaps a headless one, uses this data folder: stop it first.`,
  SettingsInvalid: (message) => message,
  SecretsLocked: (message) => message,
  HostUnfit: (message) => message,
  LockUnfit: (message) => message,
  AuditKeyMissing: (message) => `poptray cannot go on: ${message}.`,
};

/** The text of the dialog for any error of the start. */
export function explainStartupFault(error: unknown): string {
  const { name, message, code, path } = (error ?? {}) as NodeJS.ErrnoException;
  const known = Object.hasOwn(ADVICE, name ?? '') ? ADVICE[name ?? ''] : undefined;
  if (known) return known(message);
  if (code !== undefined && path !== undefined)
    return `${path} cannot be used (${code}): check what it is and who may read and write it.`;
  return `${message ?? error}\n\nlogs/poptray.log in the data folder may say more.`;
}
