/** Start at login: a login item on macOS and Windows, a desktop entry on Linux. What is there is left as it is. */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { App } from 'electron';
import type { Environment } from '../platform/environment.ts';
import { xdgFolder } from '../platform/xdg.ts';

const ARGS = ['--hidden'];

export interface AutostartDeps {
  readonly app: Pick<App, 'setLoginItemSettings' | 'getLoginItemSettings' | 'isPackaged'>;
  readonly platform: NodeJS.Platform;
  readonly env: Environment;
  readonly home: string;
  readonly execPath: string;
}

/** From a checkout there is nothing that could be started at login, so nothing happens. */
export function setAutostart(isOn: boolean, { app, platform, env, home, execPath }: AutostartDeps): void {
  if (!app.isPackaged) return;
  if (platform !== 'linux') {
    // macOS starts a login item without arguments, and says so itself: `wasOpenedAtLogin`.
    const args = platform === 'win32' ? { args: ARGS } : {};
    // Registering anew would switch it on again in the Task Manager, where a person has switched it off.
    if (app.getLoginItemSettings(args).openAtLogin !== isOn)
      app.setLoginItemSettings({ openAtLogin: isOn, ...args });
    return;
  }
  const file = join(xdgFolder(env.XDG_CONFIG_HOME, join(home, '.config')), 'autostart', 'poptray.desktop');
  if (!isOn) {
    rmSync(file, { force: true });
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  // An AppImage runs from a mount that is another one at the next start.
  const command = `Exec=${quoted(env.APPIMAGE || execPath)} ${ARGS.join(' ')}`;
  const found = textAt(file);
  // A desktop's settings switch it off in there.
  writeFileSync(file, found?.replace(/^Exec=.*$/m, () => command) ?? desktopEntry(command));
}

function textAt(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** As the Desktop Entry Specification has it: once for the string, once for the argument. */
function quoted(program: string): string {
  const text = program
    .replace(/[\\"`$]/g, String.raw`\$&`)
    .replaceAll('\\', '\\\\')
    .replaceAll('%', '%%');
  return `"${text}"`;
}

function desktopEntry(command: string): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=poptray',
    command,
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
}
