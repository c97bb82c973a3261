/** Has the system open addresses in the user's browser. */
import { accessSync, constants } from 'node:fs';
import { release } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Environment } from './environment.ts';

/** What is known of the program that opens browsers, where there is one to be looked at. */
export interface Opener {
  /** Null while it runs. */
  readonly exitCode: number | null;
}

export interface Browser {
  /** Why no page can be seen here, for people; null where one can. */
  displayFault(): string | null;
  /** Why no browser can be opened here, for people; null where nothing is known against it. */
  openerFault(): string | null;
  /** Resolves when the system was told to, whatever comes of it; rejects, in words for people, where it could not be. */
  open(url: string): Promise<Opener | undefined>;
}

/** `openExternal` is the system's own way, where a library is loaded that has it. */
export function createBrowser(
  env: Environment,
  openExternal: (url: string) => Promise<Opener | undefined> = openByProgram,
  platform = process.platform,
): Browser {
  // In WSL the browser is that of Windows.
  const isLinux = platform === 'linux' && !/microsoft/i.test(release());
  return {
    openerFault,
    displayFault() {
      if (!isLinux || env.DISPLAY || env.WAYLAND_DISPLAY) return null;
      return 'there is no display: neither DISPLAY nor WAYLAND_DISPLAY is set. Start poptray within the desktop session of the agent';
    },
    async open(url) {
      const fault = openerFault();
      if (fault !== null) throw new Error(fault);
      try {
        return await openExternal(url);
      } catch (error) {
        const { code, name } = error as NodeJS.ErrnoException;
        throw new Error(`the system opens no browser (${code ?? name})`, { cause: error });
      }
    },
  };

  function openerFault(): string | null {
    if (!isLinux || isInPath('xdg-open', env.PATH)) return null;
    return 'there is no xdg-open to open a browser with: install xdg-utils and a browser';
  }
}

async function openByProgram(url: string): Promise<Opener> {
  // Loaded now, because most destinations open no browser.
  const { default: open } = await import('open');
  return open(url);
}

function isInPath(program: string, path = ''): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}
