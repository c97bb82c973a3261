/** Which file holds the icon of a tray state on this system. */
import { join } from 'node:path';
import type { TrayState } from './tray-state.ts';

/** `isDark`: the bar that the icon is on is dark. macOS colours a template by itself. */
export function trayIconPath(
  folder: string,
  state: TrayState,
  platform: NodeJS.Platform,
  isDark: boolean,
): string {
  if (platform === 'darwin') return join(folder, `${state}Template.png`);
  const name = `${state}-${isDark ? 'on-dark' : 'on-light'}`;
  return join(folder, `${name}.${platform === 'win32' ? 'ico' : 'png'}`);
}
