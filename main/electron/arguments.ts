/** What poptray's own arguments say; Chromium's are among them and mean nothing here. */
import { isSchemeUrl } from './scheme.ts';

export interface ShellArguments {
  readonly port: string | undefined;
  readonly dataDir: string | undefined;
  /** Start in the tray alone, as at login. */
  readonly isHidden: boolean;
  /** What a softphone opened. */
  readonly url: string | undefined;
}

export function readArguments(argv: readonly string[]): ShellArguments {
  const optionOf = (name: string) => {
    const at = argv.findIndex((argument) => argument === name || argument.startsWith(`${name}=`));
    const found = argv[at];
    if (found === undefined) return undefined;
    return found === name ? argv[at + 1] : found.slice(name.length + 1);
  };
  return {
    port: optionOf('--port'),
    dataDir: optionOf('--data-dir'),
    isHidden: argv.includes('--hidden'),
    url: argv.find(isSchemeUrl),
  };
}
