/** The program's own log, through electron-log: what happened to poptray, never what a customer is or said. */
import { join } from 'node:path';
import log from 'electron-log/node.js';

const MAX_BYTES = 1024 * 1024;

/** The only kinds of value that a log line takes: no objects, so nothing can be dragged in by accident. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Logger {
  error(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  debug(event: string, fields?: LogFields): void;
  /** Lines below it are not written. */
  setLevel(level: LogLevel): void;
}

type LogLevel = 'error' | 'warn' | 'info' | 'debug';

export interface LoggerOptions {
  readonly dir: string;
  readonly level: LogLevel;
  /** Whether warnings and errors are also written to stderr. */
  readonly console: boolean;
}

/** Writes `logs/poptray.log` in the data folder, owner-only; at 1 MiB it becomes `poptray.old.log`. */
export function createLogger({ dir, level, console }: LoggerOptions): Logger {
  const logger = log.create({ logId: `poptray ${dir}` });
  const { file, console: terminal } = logger.transports;
  if (file) {
    // Else it looks for a package.json, from the working directory up, and writes nothing where there is none.
    file.setAppName('poptray');
    file.resolvePathFn = () => join(dir, 'logs', 'poptray.log');
    file.level = level;
    file.maxSize = MAX_BYTES;
    file.format = '{iso} [{level}] {text}';
    file.writeOptions = { flag: 'a', mode: 0o600, encoding: 'utf8' };
  }
  if (terminal) {
    terminal.level = console ? 'warn' : false;
    terminal.format = '[{level}] {text}';
    terminal.writeFn = ({ message }) => process.stderr.write(`${message.data.join(' ')}\n`);
  }
  // electron-log tells of its own faults, such as a full disk, through its default logger and with a stack.
  log.transports.console.writeFn = ({ message }) => {
    if (console) process.stderr.write(`[warn] ${String(message.data[0]).split('\n', 1)[0]}\n`);
  };
  const write = (at: LogLevel) => (event: string, fields?: LogFields) => {
    logger[at](fields === undefined ? event : `${event} ${format(fields)}`);
  };
  return {
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
    setLevel(next) {
      if (file) file.level = next;
    },
  };
}

function format(fields: LogFields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(' ');
}

/** The name and code of an error; its message may hold what it was about, so it stays out. */
export function kindOfError(error: unknown): string {
  const { name, code, cause } = (error ?? {}) as { name?: string; code?: string; cause?: unknown };
  const kind = code === undefined ? (name ?? 'unknown') : `${name} ${code}`;
  return cause instanceof Error ? `${kind}, from ${kindOfError(cause)}` : kind;
}

/** Its code, or else its name: a trouble's code, for programs. */
export function codeOfError(error: unknown): string {
  const { name, code } = (error ?? {}) as { name?: string; code?: string };
  return code ?? name ?? 'unknown';
}
