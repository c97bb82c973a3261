/** The tray's icons as images, each made once: on Windows every one that is made leaves a file in the temporary folder. */
import { join } from 'node:path';
import type { NativeImage, NativeTheme } from 'electron';
import { trayIconPath } from './icons.ts';
import type { TrayState } from './tray-state.ts';

export interface ImageDeps {
  readonly nativeImage: { createFromPath(path: string): NativeImage };
  readonly nativeTheme: Pick<NativeTheme, 'shouldUseDarkColorsForSystemIntegratedUI'>;
  readonly platform: NodeJS.Platform;
  /** The app's. */
  readonly root: string;
}

/** For the theme of the moment. */
export function createImages({
  nativeImage,
  nativeTheme,
  platform,
  root,
}: ImageDeps): (state: TrayState) => NativeImage {
  const made = new Map<string, NativeImage>();
  return (state) => {
    const path = trayIconPath(join(root, 'build/tray'), state, {
      platform,
      desktop: process.env.XDG_CURRENT_DESKTOP,
      isDark: nativeTheme.shouldUseDarkColorsForSystemIntegratedUI,
    });
    const image = made.get(path) ?? nativeImage.createFromPath(path);
    made.set(path, image);
    return image;
  };
}
