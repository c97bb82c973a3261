/** Tray, menus, notices, dialogs and the rest of the desktop: remembered instead of drawn. */
import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import type {
  Clipboard,
  Dialog,
  MenuItemConstructorOptions,
  MessageBoxOptions,
  NativeTheme,
  NotificationConstructorOptions,
  PowerMonitor,
  Session,
} from 'electron';
import { world } from './world.ts';

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

export class Tray extends EventEmitter {
  constructor(image: StandInImage) {
    super();
    world.tray.isThere = true;
    this.setImage(image);
  }
  setImage(image: StandInImage): void {
    world.tray.image = image.path;
  }
  setToolTip(text: string): void {
    world.tray.tooltip = text;
  }
  setContextMenu(menu: Menu): void {
    world.tray.menu = menu.template;
  }
  destroy(): void {
    world.tray.isThere = false;
  }
}

export class Notification extends EventEmitter {
  readonly options: NotificationConstructorOptions;
  constructor(options: NotificationConstructorOptions) {
    super();
    this.options = options;
  }
  static isSupported = () => true;
  show(): void {
    world.notices.push(this);
  }
}

export const dialog = {
  async showMessageBox(options: MessageBoxOptions) {
    world.questions.push(options);
    const response = world.answers.shift();
    if (response === undefined) return new Promise<never>(() => {});
    return { response, checkboxChecked: false };
  },
  showErrorBox(title: string, content: string) {
    world.errorBoxes.push(`${title}: ${content}`);
    process.stderr.write(`${title}: ${content}\n`);
  },
  async showSaveDialog() {
    return { canceled: world.savePath === undefined, filePath: world.savePath ?? '' };
  },
} satisfies Record<keyof Pick<Dialog, 'showMessageBox' | 'showErrorBox' | 'showSaveDialog'>, unknown>;

export const clipboard = {
  async writeText(text: string) {
    world.clipboard = text;
  },
} satisfies Pick<Clipboard, 'writeText'>;

export const nativeTheme = Object.assign(new EventEmitter(), {
  shouldUseDarkColorsForSystemIntegratedUI: false,
}) satisfies Pick<NativeTheme, 'shouldUseDarkColorsForSystemIntegratedUI'>;

export const powerMonitor = new EventEmitter() satisfies Pick<PowerMonitor, 'emit'>;

type RequestHandler = Parameters<Session['setPermissionRequestHandler']>[0];
type CheckHandler = Parameters<Session['setPermissionCheckHandler']>[0];
export const permissions: { request: RequestHandler; check: CheckHandler } = { request: null, check: null };

export const session = {
  defaultSession: {
    setPermissionRequestHandler(handler: RequestHandler) {
      permissions.request = handler;
    },
    setPermissionCheckHandler(handler: CheckHandler) {
      permissions.check = handler;
    },
    setDevicePermissionHandler() {},
    resolveProxy: async () => process.env.STAND_IN_PROXY ?? 'DIRECT',
  } satisfies Partial<Session>,
};
