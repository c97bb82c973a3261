/** `Notification`: shown, clicked, gone, refused, as each system does it. */
import { EventEmitter } from 'node:events';
import { setImmediate as soon } from 'node:timers';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { NotificationConstructorOptions } from 'electron';
import { demandReady, world } from './world.ts';

const { platform, env } = process;

export class Notification extends EventEmitter {
  readonly options: NotificationConstructorOptions;
  constructor(options: NotificationConstructorOptions) {
    super();
    demandReady('Cannot create Notification before app is ready');
    this.options = options;
  }
  static isSupported = () => env.STAND_IN_NOTICES !== 'none';

  /** What becomes of it is told later, never within the call. */
  show(): void {
    if (platform !== 'linux' && env.STAND_IN_NOTICES === 'refused') {
      const complaint =
        platform === 'darwin' ? 'Notifications are not allowed for this application' : 'Failed';
      soon(() => this.emit('failed', {}, complaint));
      return;
    }
    world.notices.push({ options: this.options, object: new WeakRef(this) });
    soon(() => this.emit('show', {}));
  }
}

function tell(index: number, event: string, ...args: unknown[]): void {
  world.notices[index]?.object.deref()?.emit(event, ...args);
}

export const clickNotice = (index: number) => tell(index, 'click', {});

export async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // What a WeakRef has given out lives until the turn is over.
  for (let i = 0; i < 3; i++) {
    await setImmediate();
    collect();
  }
}

/** It leaves the screen by itself: on Windows it is closed then, and stays in the Action Center all the same. */
export function timeOut(index: number): void {
  if (platform === 'darwin') return;
  tell(index, 'close', platform === 'win32' ? { reason: 'timedOut' } : {});
}

/** Its button, which Linux does not show. */
export function pressButton(index: number): void {
  if (platform === 'linux') throw new Error('there are no buttons on notices here');
  tell(index, 'action', { actionIndex: 0 }, 0);
}
