/** Which file holds the icon of a tray state on this system. */
import { join } from 'node:path';
import type { TrayState } from './tray-state.ts';

export interface Panel {
  readonly platform: NodeJS.Platform;
  /** XDG_CURRENT_DESKTOP: names with colons between them. */
  readonly desktop: string | undefined;
  /** Whether Windows' taskbar is dark. Linux knows the theme of programs alone, and its panel need not go by it. */
  readonly isDark: boolean;
}

/** macOS colours a template by itself. */
export function trayIconPath(folder: string, state: TrayState, panel: Panel): string {
  return join(folder, `${state}${endOf(panel)}`);
}

function endOf({ platform, desktop = '', isDark }: Panel): string {
  if (platform === 'darwin') return 'Template.png';
  if (platform === 'win32') return isDark ? '-on-dark.ico' : '-on-light.ico';
  // GNOME's bar is black in its light style, too.
  return desktop.split(':').includes('GNOME') ? '-on-dark.png' : '-outlined.png';
}
