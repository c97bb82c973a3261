/** Electron's `app`: ready after the entry has run, one instance for each userData folder, an orderly quit. */
import { EventEmitter, once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import type { App } from 'electron';
import { allWindows } from './browser-window.ts';
import { closeChromium } from './chromium.ts';
import { preventable, world } from './world.ts';

class StandInApp extends EventEmitter {
  readonly isPackaged = process.env.STAND_IN_PACKAGED === '1';
  readonly name = 'poptray';
  #isReady = false;
  #handedOver: Promise<unknown> = Promise.resolve();
  #paths = new Map<string, string>();
  #ready = new Promise<void>((resolve) => {
    // After the entry and everything that it imports, as Electron does it.
    setTimeout(() => {
      this.#isReady = true;
      this.emit('ready');
      resolve();
    }, 20);
  });

  isReady = () => this.#isReady;
  whenReady = () => this.#ready;
  getAppPath = () => world.root;
  getVersion = () => '0.1.0';
  getName = () => this.name;
  setPath(name: string, path: string): void {
    if (!existsSync(path)) throw new Error(`Failed to set path: ${path} does not exist`);
    this.#paths.set(name, path);
  }
  getPath(name: string): string {
    const path = this.#paths.get(name);
    if (path === undefined) throw new Error(`the stand-in has no path ${name}`);
    return path;
  }
  enableSandbox = () => {
    if (this.#isReady) throw new Error('app.enableSandbox() can only be called before app is ready');
  };
  setAppUserModelId = () => {};
  showAboutPanel = () => {};
  setLoginItemSettings = () => {};
  setAsDefaultProtocolClient = () => true;

  /** Electron's own is synchronous as well; so the second start is told apart by a socket that answers. */
  requestSingleInstanceLock(): boolean {
    const folder = this.getPath('userData');
    const path = join(folder, 'SingletonSocket');
    if (process.env.STAND_IN_SECOND) {
      const socket = createConnection(path, () => socket.end(JSON.stringify(process.argv)));
      this.#handedOver = once(socket, 'close');
      return false;
    }
    // Left behind by a start that has ended.
    rmSync(path, { force: true });
    const server = createServer((socket) => {
      let text = '';
      socket.on('data', (piece) => {
        text += piece;
      });
      socket.on('end', () => this.emit('second-instance', {}, JSON.parse(text), folder, null));
    });
    server.listen(path).unref();
    return true;
  }

  quit(): void {
    const beforeQuit = preventable();
    this.emit('before-quit', beforeQuit);
    if (beforeQuit.defaultPrevented) return;
    if (!allWindows().every((window) => window.tryClose())) return;
    this.emit('will-quit', preventable());
    this.emit('quit', {}, 0);
    this.exit(0);
  }

  exit(code = 0): void {
    void Promise.allSettled([closeChromium(), this.#handedOver]).then(() => process.exit(code));
  }
}

export const app = new StandInApp() satisfies Pick<
  App,
  | 'isPackaged'
  | 'name'
  | 'isReady'
  | 'whenReady'
  | 'getAppPath'
  | 'getVersion'
  | 'getName'
  | 'setPath'
  | 'getPath'
  | 'enableSandbox'
  | 'setAppUserModelId'
  | 'showAboutPanel'
  | 'setLoginItemSettings'
  | 'setAsDefaultProtocolClient'
  | 'requestSingleInstanceLock'
  | 'quit'
  | 'exit'
>;
