/** `Notification`: shown, clicked, gone, refused, as each system does it. */
import { EventEmitter } from 'node:events';
import { setImmediate as soon } from 'node:timers';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ActivationArguments, NotificationConstructorOptions } from 'electron';
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

  /** Windows alone has it: hears every click from now on, and at once what came before. */
  static handleActivation =
    platform === 'win32'
      ? (callback: (details: ActivationArguments) => void) => {
          onActivation = callback;
          for (const details of early.splice(0)) callback(details);
        }
      : undefined;

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

let onActivation: ((details: ActivationArguments) => void) | undefined;

/** Clicked before anybody was there to hear it: on the notice of an earlier start, which has started this one. */
const early: ActivationArguments[] =
  env.STAND_IN_ACTIVATED === '1' ? [{ type: 'click', arguments: 'type=click&tag=1' }] : [];

/** On Windows beside the events of the object, and also where there is none any more. */
export function activate(type: 'click' | 'action' = 'click'): void {
  if (platform !== 'win32') return;
  const details = { type, arguments: `type=${type}&tag=1`, ...(type === 'action' && { actionIndex: 0 }) };
  if (onActivation) onActivation(details);
  else early.push(details);
}

function tell(index: number, event: string, ...args: unknown[]): void {
  world.notices[index]?.object.deref()?.emit(event, ...args);
}

export function clickNotice(index: number): void {
  activate();
  tell(index, 'click', {});
}

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
  activate('action');
  tell(index, 'action', { actionIndex: 0 }, 0);
}
