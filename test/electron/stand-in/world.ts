/** What the stand-in remembers of everything that the app did, for the test at the other end to look at. */
import type {
  LoginItemSettingsOptions,
  MenuItemConstructorOptions,
  MessageBoxOptions,
  NotificationConstructorOptions,
  Rectangle,
  Settings,
} from 'electron';

export interface Notice {
  readonly options: NotificationConstructorOptions;
  /** The app's object, as long as the app holds it: the system has a picture of it and no more. */
  readonly object: WeakRef<{ emit(event: string, ...args: unknown[]): boolean }>;
}

export interface Question extends MessageBoxOptions {
  /** Whether it hangs on a window; and whether that one is on the screen. */
  readonly parent: 'none' | 'hidden' | 'visible';
}

export interface World {
  /** Where the built app lies. */
  readonly root: string;
  readonly notices: Notice[];
  readonly questions: Question[];
  readonly errorBoxes: string[];
  /** The system lets no program take the keyboard, as Windows does while a person types. */
  isFocusKept: boolean;
  displays: Rectangle[];
  /** How often the whole process stood still for an answer. */
  blocked: number;
  /** Which button the next question gets; without one the question stays open. */
  readonly answers: number[];
  savePath: string | undefined;
  clipboard: string;
  tray: {
    tooltip: string;
    image: string;
    menu: MenuItemConstructorOptions[];
    isThere: boolean;
    /** Whether a person can see it: there is a place for tray icons. */
    isVisible: boolean;
    imagesSet: number;
    menusOpened: number;
  };
  readonly loginItems: (Settings & LoginItemSettingsOptions)[];
  readonly schemes: string[];
  readonly relaunches: number[];
}

export const world: World = {
  root: process.env.STAND_IN_ROOT ?? '',
  notices: [],
  questions: [],
  errorBoxes: [],
  isFocusKept: false,
  displays: [{ x: 0, y: 0, width: 1920, height: 1080 }],
  blocked: 0,
  answers: [],
  savePath: undefined,
  clipboard: '',
  tray: {
    tooltip: '',
    image: '',
    menu: [],
    isThere: false,
    isVisible: false,
    imagesSet: 0,
    menusOpened: 0,
  },
  loginItems: [],
  schemes: [],
  relaunches: [],
};

const { XDG_SESSION_TYPE, XDG_CURRENT_DESKTOP } = process.env;
export const isWayland = process.platform === 'linux' && XDG_SESSION_TYPE === 'wayland';
export const isGnome = process.platform === 'linux' && /\bGNOME\b/i.test(XDG_CURRENT_DESKTOP ?? '');

let isReady = false;

export function becomeReady(): void {
  isReady = true;
}

export const isReadyNow = () => isReady;

/** For what Electron gives to nobody before its `ready`. */
export function demandReady(complaint: string): void {
  if (!isReady) throw new Error(complaint);
}

/** Electron's events, of which the default can be prevented. */
export function preventable(): { preventDefault(): void; readonly defaultPrevented: boolean } {
  let isPrevented = false;
  return {
    preventDefault() {
      isPrevented = true;
    },
    get defaultPrevented() {
      return isPrevented;
    },
  };
}
