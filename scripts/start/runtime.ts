/** Where Electron's runtime is, or why the tray app cannot be shown with it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly isRoot: boolean;
  /** node_modules/electron. */
  readonly electronDir: string;
}

const PROGRAMS: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'Electron.app/Contents/MacOS/Electron',
  win32: 'electron.exe',
};

/** Why no window can be shown here whatever is installed; undefined when one can. */
export function whyNoWindow({ env, platform, isRoot }: Machine): string | undefined {
  if (platform === 'linux') {
    if (!env.DISPLAY && !env.WAYLAND_DISPLAY) return 'there is no display';
    if (isRoot) return 'Electron does not run as root';
  }
  if (platform === 'darwin' && env.SSH_CONNECTION) return 'this is a remote session';
  return undefined;
}

/** The program of the override, or of the installed package; undefined when neither is there. */
export function findRuntime({ env, platform, electronDir }: Machine): string | undefined {
  const program = PROGRAMS[platform] ?? 'electron';
  const folders = [env.ELECTRON_OVERRIDE_DIST_PATH, join(electronDir, 'dist')];
  return folders
    .flatMap((folder) => (folder ? [join(folder, program)] : []))
    .find((path) => existsSync(path));
}

/** The version that the package would fetch; undefined when the package is not installed. */
export function runtimeVersion(electronDir: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(join(electronDir, 'package.json'), 'utf8')) as { version: string })
      .version;
  } catch {
    return undefined;
  }
}
