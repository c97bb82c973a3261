/** Login items: of Windows' registry and of macOS; Linux has none. */
import type { LoginItemSettings, LoginItemSettingsOptions, Settings } from 'electron';
import { world } from './world.ts';

const { platform, env } = process;

/** As it is in the registry when the app starts; `off`: switched off in the Task Manager. */
const registry: { args: readonly string[] | undefined; isApproved: boolean } = {
  args: env.STAND_IN_RUN_KEY ? ['--hidden'] : undefined,
  isApproved: env.STAND_IN_RUN_KEY !== 'off',
};
let isMacItem = false;

export function setLoginItems(settings: Settings): void {
  world.loginItems.push(settings);
  // Does nothing there.
  if (platform === 'linux') return;
  if (platform === 'darwin') {
    isMacItem = settings.openAtLogin === true;
    return;
  }
  registry.args = settings.openAtLogin ? (settings.args ?? []) : undefined;
  // `enabled` is true unless it is said otherwise, whatever the Task Manager says.
  registry.isApproved = settings.enabled ?? true;
}

export function getLoginItems({ args = [] }: LoginItemSettingsOptions): LoginItemSettings {
  if (platform !== 'win32') {
    return {
      openAtLogin: isMacItem,
      wasOpenedAtLogin: env.STAND_IN_AT_LOGIN === '1',
      status: isMacItem ? 'enabled' : 'not-registered',
    } as LoginItemSettings;
  }
  const found = registry.args;
  return {
    openAtLogin: found !== undefined && found.join(' ') === args.join(' '),
    executableWillLaunchAtLogin: found !== undefined && registry.isApproved,
    launchItems:
      found === undefined
        ? []
        : [
            {
              name: 'com.poptray.app',
              path: process.execPath,
              args: [...found],
              scope: 'user',
              enabled: registry.isApproved,
            },
          ],
  } as unknown as LoginItemSettings;
}

/** For the test: what the registry says. */
export const runKey = () => ({ ...registry });
