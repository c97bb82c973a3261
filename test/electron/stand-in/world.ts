/** What the stand-in remembers of everything that the app did, for the test at the other end to look at. */
import type { MenuItemConstructorOptions, MessageBoxOptions, NotificationConstructorOptions } from 'electron';

export interface Notice {
  readonly options: NotificationConstructorOptions;
  emit(event: string): boolean;
}

export interface World {
  /** Where the built app lies. */
  readonly root: string;
  readonly notices: Notice[];
  readonly questions: MessageBoxOptions[];
  readonly errorBoxes: string[];
  /** Which button the next question gets; without one the question stays open. */
  readonly answers: number[];
  savePath: string | undefined;
  clipboard: string;
  tray: { tooltip: string; image: string; menu: MenuItemConstructorOptions[]; isThere: boolean };
}

export const world: World = {
  root: process.env.STAND_IN_ROOT ?? '',
  notices: [],
  questions: [],
  errorBoxes: [],
  answers: [],
  savePath: undefined,
  clipboard: '',
  tray: { tooltip: '', image: '', menu: [], isThere: false },
};

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
