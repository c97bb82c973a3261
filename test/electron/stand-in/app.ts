/** Electron's `app`: ready after the entry has run, one instance for each userData folder, an orderly quit. */
import { EventEmitter, once } from 'node:events';
import { existsSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { isAbsolute, join } from 'node:path';
import type { App, LoginItemSettings, LoginItemSettingsOptions, RelaunchOptions, Settings } from 'electron';
import { closeChromium } from './chromium.ts';
import { asChromiumHandsOver } from './chromium-arguments.ts';
import { getLoginItems, setLoginItems } from './login-items.ts';
import { allWindows } from './window.ts';
import { becomeReady, demandReady, preventable, world } from './world.ts';

const { platform } = process;

class StandInApp extends EventEmitter {
  readonly isPackaged = process.env.STAND_IN_PACKAGED === '1';
  readonly name = 'poptray';
  #isReady = false;
  #isQuitting = false;
  #isShut = false;
  #handedOver: Promise<unknown> = Promise.resolve();
  #paths = new Map<string, string>();
  #ready = new Promise<void>((resolve) => {
    // After the entry and everything that it imports, as Electron does it.
    setTimeout(() => {
      const { STAND_IN_OPEN_URL } = process.env;
      if (STAND_IN_OPEN_URL) this.openUrl(STAND_IN_OPEN_URL);
      this.#isReady = true;
      becomeReady();
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
    if (!isAbsolute(path)) throw new Error('Path must be absolute');
    if (!existsSync(path)) throw new Error('Failed to set path');
    this.#paths.set(name, path);
  }
  getPath(name: string): string {
    const path = this.#paths.get(name);
    if (path === undefined) throw new Error(`Failed to get '${name}' path`);
    return path;
  }
  enableSandbox = () => {
    if (this.#isReady) throw new Error('app.enableSandbox() can only be called before app is ready');
  };
  setAppUserModelId = () => {};
  /** Windows alone has it. */
  setToastActivatorCLSID =
    platform === 'win32'
      ? (id: string) => {
          if (!/^\{?[\dA-F]{8}(-[\dA-F]{4}){3}-[\dA-F]{12}\}?$/i.test(id))
            throw new Error('Invalid CLSID format');
        }
      : undefined;
  showAboutPanel = () => demandReady('Cannot show the about panel before app is ready');
  setLoginItemSettings = (settings: Settings) => setLoginItems(settings);
  getLoginItemSettings = (options: LoginItemSettingsOptions = {}): LoginItemSettings =>
    getLoginItems(options);

  /** On Linux it needs a desktop file under the program's name, which an AppImage does not bring along. */
  setAsDefaultProtocolClient(scheme: string): boolean {
    if (platform === 'linux' && process.env.APPIMAGE) return false;
    world.schemes.push(scheme);
    return true;
  }

  /** As Chromium does it on Linux: a link that names the process which has the folder, and the socket of that one. */
  requestSingleInstanceLock(): boolean {
    const folder = this.getPath('userData');
    const path = join(folder, 'SingletonSocket');
    const lock = join(folder, 'SingletonLock');
    if (isHeld(lock)) {
      const socket = createConnection(path, () => socket.end(JSON.stringify(process.argv)));
      this.#handedOver = once(socket, 'close');
      return false;
    }
    // Left behind by a start that has ended.
    for (const left of [path, lock]) rmSync(left, { force: true });
    symlinkSync(`stand-in-${process.pid}`, lock);
    const server = createServer((socket) => {
      let text = '';
      socket.on('data', (piece) => {
        text += piece;
      });
      socket.on('end', () => void this.beStartedAgain(JSON.parse(text), folder));
    });
    server.listen(path).unref();
    return true;
  }
  releaseSingleInstanceLock(): void {
    for (const name of ['SingletonSocket', 'SingletonLock'])
      rmSync(join(this.getPath('userData'), name), { force: true });
  }

  /** A second start has come; its arguments as Chromium hands them over, and never before `ready`. */
  async beStartedAgain(argv: string[], folder = ''): Promise<void> {
    await this.#ready;
    this.emit('second-instance', {}, asChromiumHandsOver(argv), folder, null);
  }

  /** The system opens a URL with the app: on macOS an event, which may come before `ready`; elsewhere a start. */
  openUrl(url: string): void {
    if (platform === 'darwin') this.emit('open-url', preventable(), url);
    else void this.beStartedAgain([process.execPath, url]);
  }

  isQuitting = () => this.#isQuitting;

  quit(): void {
    if (this.#isQuitting) return;
    const beforeQuit = preventable();
    this.emit('before-quit', beforeQuit);
    if (beforeQuit.defaultPrevented) return;
    this.#isQuitting = true;
    if (!allWindows().every((window) => window.tryClose())) {
      this.#isQuitting = false;
      return;
    }
    const willQuit = preventable();
    this.emit('will-quit', willQuit);
    if (!willQuit.defaultPrevented) this.#shutDown(0);
  }

  /** Asks nobody, and returns: what stands behind it in the app still runs. */
  exit(code = 0): void {
    this.#isQuitting = true;
    for (const window of allWindows()) window.destroy();
    this.#shutDown(code);
  }

  relaunch(_options?: RelaunchOptions): void {
    world.relaunches.push(Date.now());
    process.send?.({ note: 'relaunch' });
  }

  #shutDown(code: number): void {
    if (this.#isShut) return;
    this.#isShut = true;
    this.emit('quit', {}, code);
    void Promise.allSettled([closeChromium(), this.#handedOver]).then(() => endNow(code));
  }
}

/** Whether the process that made this link is there. */
function isHeld(lock: string): boolean {
  try {
    return process.kill(Number(readlinkSync(lock).split('-').at(-1)), 0);
  } catch {
    return false;
  }
}

/** Without Node's `exit` event, which Electron has sent by then. */
function endNow(code: number): never {
  return (process as unknown as { reallyExit(code: number): never }).reallyExit(code);
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
  | 'getLoginItemSettings'
  | 'setAsDefaultProtocolClient'
  | 'requestSingleInstanceLock'
  | 'releaseSingleInstanceLock'
  | 'relaunch'
  | 'quit'
  | 'exit'
>;
