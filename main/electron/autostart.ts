/** Start at login: a login item on macOS and Windows, a desktop entry on Linux. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { App } from 'electron';

const ARGS = ['--hidden'];

export interface AutostartDeps {
  readonly app: Pick<App, 'setLoginItemSettings' | 'isPackaged'>;
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly execPath: string;
}

/** From a checkout there is nothing that could be started at login, so nothing happens. */
export function setAutostart(isOn: boolean, { app, platform, env, home, execPath }: AutostartDeps): void {
  if (!app.isPackaged) return;
  if (platform !== 'linux') {
    app.setLoginItemSettings({ openAtLogin: isOn, args: ARGS });
    return;
  }
  const file = join(env.XDG_CONFIG_HOME || join(home, '.config'), 'autostart', 'poptray.desktop');
  if (!isOn) {
    rmSync(file, { force: true });
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  // An AppImage runs from a mount that is another one at the next start.
  writeFileSync(file, desktopEntry(env.APPIMAGE || execPath));
}

/** Quoted as the Desktop Entry Specification has it: once for the string, once for the argument. */
function desktopEntry(program: string): string {
  const quoted = program
    .replace(/[\\"`$]/g, String.raw`\$&`)
    .replaceAll('\\', '\\\\')
    .replaceAll('%', '%%');
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=poptray',
    `Exec="${quoted}" ${ARGS.join(' ')}`,
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
}
