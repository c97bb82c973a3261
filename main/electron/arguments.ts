/** What poptray's own arguments say; Chromium's are among them and mean nothing here. */
import { isSchemeUrl } from './scheme.ts';

export interface ShellArguments {
  readonly port: string | undefined;
  readonly dataDir: string | undefined;
  /** Start in the tray alone, as at login. */
  readonly isHidden: boolean;
  /** Open the simulator's agent desktop in the browser, on the first run. */
  readonly isOpening: boolean;
  /** Say which poptray this is, and nothing else. */
  readonly isVersionWanted: boolean;
  /** What a softphone opened. */
  readonly url: string | undefined;
}

const WITH_VALUE = ['--port', '--data-dir'] as const;

export function readArguments(argv: readonly string[]): ShellArguments {
  const optionOf = (name: (typeof WITH_VALUE)[number]) => {
    const at = argv.findIndex((argument) => argument === name || argument.startsWith(`${name}=`));
    const found = argv[at];
    if (found === undefined) return undefined;
    return found === name ? argv[at + 1] : found.slice(name.length + 1);
  };
  return {
    port: optionOf('--port'),
    dataDir: optionOf('--data-dir'),
    isHidden: argv.includes('--hidden'),
    isOpening: argv.includes('--open') && !argv.includes('--no-open'),
    isVersionWanted: argv.includes('--version'),
    url: argv.find(isSchemeUrl),
  };
}

/**
 * Whether a start was meant for the poptray command: something is among its arguments that is no option and no URL.
 * `argv` is that of this process: a second start's reaches the first in another order.
 */
export function isMeantForCommand(argv: readonly string[], isPackaged: boolean): boolean {
  // A checkout's Electron is told where the app is.
  const own = argv.slice(isPackaged ? 1 : 2);
  const isValue = (index: number) => WITH_VALUE.some((name) => own[index - 1] === name);
  return own.some(
    (argument, index) => !argument.startsWith('-') && !isSchemeUrl(argument) && !isValue(index),
  );
}
