/** `Notification`: shown, clicked, gone, refused, as each system does it. */
import { EventEmitter } from 'node:events';
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
      setImmediate(() => this.emit('failed', {}, complaint));
      return;
    }
    world.notices.push(this);
    setImmediate(() => this.emit('show', {}));
  }
}

/** It leaves the screen by itself: on Windows it is closed then, and stays in the Action Center all the same. */
export function timeOut(index: number): void {
  if (platform === 'darwin') return;
  world.notices[index]?.emit('close', platform === 'win32' ? { reason: 'timedOut' } : {});
}

/** Its button, which Linux does not show. */
export function pressButton(index: number): void {
  if (platform === 'linux') throw new Error('there are no buttons on notices here');
  world.notices[index]?.emit('action', { actionIndex: 0 }, 0);
}
