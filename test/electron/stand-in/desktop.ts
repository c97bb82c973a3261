/** Tray, menus, images, clipboard and theme: remembered instead of drawn. */
import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import type { Clipboard, Display, MenuItemConstructorOptions, NativeTheme, Screen } from 'electron';
import { allWindows } from './window.ts';
import { demandReady, isGnome, isWayland, world } from './world.ts';

const { platform, env } = process;

class StandInImage {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
}

export const nativeImage = {
  createFromPath(path: string) {
    if (!existsSync(path)) throw new Error(`there is no image ${path}`);
    return new StandInImage(path);
  },
};

export class Menu {
  readonly template: MenuItemConstructorOptions[];
  constructor(template: MenuItemConstructorOptions[]) {
    this.template = template;
  }
  static buildFromTemplate(template: MenuItemConstructorOptions[]): Menu {
    return new Menu(template);
  }
  static setApplicationMenu(): void {}
}

/** Whether the desktop has a place for tray icons; on Linux it may come late, after the session's programs. */
let hasTrayHost = platform !== 'linux' || env.STAND_IN_TRAY_HOST !== 'late';

export function bringTrayHost(): void {
  hasTrayHost = true;
}

export class Tray extends EventEmitter {
  #isGone = false;

  constructor(image: StandInImage) {
    super();
    demandReady('Cannot create Tray before app is ready');
    world.tray.isThere = true;
    // Asked for once: an icon that finds no place does not look for one again.
    world.tray.isVisible = hasTrayHost;
    current = this;
    this.setImage(image);
  }
  setImage(image: StandInImage): void {
    this.#demandAlive();
    world.tray.image = image.path;
    world.tray.imagesSet += 1;
  }
  setToolTip(text: string): void {
    this.#demandAlive();
    world.tray.tooltip = text;
  }
  setContextMenu(menu: Menu): void {
    this.#demandAlive();
    world.tray.menu = menu.template;
  }
  isDestroyed = () => this.#isGone;
  destroy(): void {
    this.#isGone = true;
    if (current !== this) return;
    current = undefined;
    world.tray.isThere = false;
    world.tray.isVisible = false;
  }
  #demandAlive(): void {
    if (this.#isGone) throw new Error('Tray is destroyed');
  }
}

let current: Tray | undefined;

/** The left button: a click on Windows and most desktops, the menu on GNOME, and both on macOS, the click first. */
export function clickTray(): void {
  if (!isGnome) current?.emit('click', {});
  if (isGnome || platform === 'darwin') world.tray.menusOpened += 1;
}

export const clipboard = {
  /** Wayland takes it from the program whose window has the focus, and drops the rest without a word. */
  async writeText(text: string) {
    if (isWayland && !allWindows().some((window) => window.isFocused())) return;
    world.clipboard = text;
  },
} satisfies Pick<Clipboard, 'writeText'>;

export const screen = {
  getAllDisplays: () =>
    world.displays.map((bounds) => ({ bounds, workArea: bounds, scaleFactor: 1 }) as Display),
} satisfies Pick<Screen, 'getAllDisplays'>;

/** On Linux the theme of programs stands for that of the panel, which says nothing about the panel. */
export const nativeTheme = Object.assign(new EventEmitter(), {
  shouldUseDarkColorsForSystemIntegratedUI: env.STAND_IN_DARK === '1',
}) satisfies Pick<NativeTheme, 'shouldUseDarkColorsForSystemIntegratedUI'>;
