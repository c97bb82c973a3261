/** A desktop for one test: a display of its own, a window manager, and this machine's Chromium as the default browser. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { findChromium } from './find-chromium.ts';
import { hasPrograms } from './needs.ts';

export const HAS_DESKTOP =
  findChromium() !== undefined && hasPrograms('Xvfb', 'openbox', 'xdg-open', 'xprop', 'xdotool');

export interface DesktopSession {
  /** What a program of the session has in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Starts the browser as a person does who has it open all day, with a blank page; resolves when it is there. */
  warmUp(): Promise<void>;
  /**
   * Where the running browser takes commands for its tabs. Not for Playwright: it has every page believe that it has the
   * focus.
   */
  devTools(): string;
  /** The line of a script that starts Chromium on its arguments. */
  readonly chromium: string;
  /** From now on links are opened by Chromium, or by this script of the shell, whose first argument is the link. */
  useBrowser(script?: string): void;
  /** Opens a link as any program does. */
  openLink(url: string): void;
  /** The first line of a file in the home folder, once it is there. */
  readSoon(file: string): Promise<string>;
  windowTitle(window: string): string;
  /** The window that has the keyboard, by its id; empty where none has. */
  activeWindow(): string;
  /**
   * Another program's window before all others, which has the keyboard and keeps it: until it is closed, the window manager
   * lets nobody else come to the front, as those of Windows, macOS and GNOME do while a person types.
   */
  coverWith(program: string, ...args: string[]): Promise<{ readonly window: string; close(): void }>;
  /** All its programs, ended. */
  stop(): Promise<void>;
}

export async function openDesktopSession(): Promise<DesktopSession> {
  const home = mkdtempSync(join(tmpdir(), 'poptray-desktop-'));
  const children: ChildProcess[] = [];
  const start = (command: string, args: string[], options: object) => {
    const child = spawn(command, args, { stdio: 'ignore', detached: true, ...options });
    children.push(child);
    return child;
  };
  const server = start('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x800x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const number = await new Promise<string>((resolve, reject) => {
    server.once('exit', () => reject(new Error('Xvfb ended')));
    server.stdio[3]?.once('data', (text: Buffer) => resolve(String(text).trim()));
  });
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    DISPLAY: `:${number}`,
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_DATA_HOME: join(home, 'data'),
    XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(process.env.HOME ?? home, '.cache'),
  };
  const profile = join(home, 'profile');
  const debugging = join(profile, 'DevToolsActivePort');
  const browser = join(home, 'browser');
  mkdirSync(join(env.XDG_DATA_HOME, 'applications'), { recursive: true });
  mkdirSync(env.XDG_CONFIG_HOME);
  writeFileSync(
    join(env.XDG_DATA_HOME, 'applications/the-browser.desktop'),
    `[Desktop Entry]\nType=Application\nName=The browser\nExec=${browser} %u\nMimeType=x-scheme-handler/http;x-scheme-handler/https;\n`,
  );
  const handlers = ['http', 'https'].map((scheme) => `x-scheme-handler/${scheme}=the-browser.desktop`);
  writeFileSync(
    join(env.XDG_CONFIG_HOME, 'mimeapps.list'),
    `[Default Applications]\n${handlers.join('\n')}\n`,
  );
  const chromium = `exec ${chromiumCommand(profile).join(' ')} "$@"`;
  useBrowser();
  const manager = start('openbox', ['--sm-disable'], { env });
  const display = (command: string, ...args: string[]) =>
    execFileSync(command, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  await until(() => /window id/.test(display('xprop', '-root', '_NET_SUPPORTING_WM_CHECK')));

  function useBrowser(script = chromium): void {
    writeFileSync(browser, `#!/bin/sh\n${script}\n`);
    chmodSync(browser, 0o755);
  }

  const activeWindow = () =>
    /# (0x[0-9a-f]+)/.exec(display('xprop', '-root', '_NET_ACTIVE_WINDOW'))?.[1] ?? '';

  return {
    env,
    devTools: () => `http://127.0.0.1:${readFileSync(debugging, 'utf8').split('\n')[0]}`,
    chromium,
    useBrowser,
    activeWindow,
    openLink: (url) => void start('xdg-open', [url], { env }),
    async readSoon(file) {
      const path = join(home, file);
      await until(() => existsSync(path) && readFileSync(path, 'utf8').includes('\n'));
      return readFileSync(path, 'utf8').split('\n')[0] ?? '';
    },
    windowTitle: (window) => / = "(.*)"/.exec(display('xprop', '-id', window, '_NET_WM_NAME'))?.[1] ?? '',
    async warmUp() {
      start(browser, ['about:blank'], { env });
      await until(() => existsSync(debugging) && activeWindow() !== '');
    },
    async coverWith(program, ...args) {
      const before = activeWindow();
      const cover = start(program, args, { env });
      await until(() => !['', before].includes(activeWindow()));
      manager.kill('SIGSTOP');
      return {
        window: activeWindow(),
        close() {
          manager.kill('SIGCONT');
          cover.kill();
        },
      };
    },
    async stop() {
      for (const { pid } of children.toReversed()) {
        try {
          if (pid !== undefined) process.kill(-pid, 'SIGKILL');
        } catch {
          // It has ended by itself.
        }
      }
      await endBrowsers(profile);
      rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

/** The browser was started by what opens links, and is nobody's child any more. */
async function endBrowsers(profile: string): Promise<void> {
  const pids = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(`--user-data-dir=${profile}`))
    .map((line) => Number(line.trim().split(' ', 1)[0]));
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // With its parent.
    }
  }
}

function chromiumCommand(profile: string): string[] {
  return [
    findChromium() ?? 'chromium',
    `--user-data-dir=${profile}`,
    ...(process.getuid?.() === 0 ? ['--no-sandbox', '--test-type'] : []),
    '--no-first-run',
    '--no-default-browser-check',
    '--password-store=basic',
    '--disable-gpu',
    // The pages of tests have certificates that nobody knows.
    '--ignore-certificate-errors',
    '--remote-debugging-port=0',
  ];
}

async function until(condition: () => boolean): Promise<void> {
  for (let left = 400; left > 0; left -= 1) {
    if (condition()) return;
    await pass(50);
  }
  throw new Error('waited in vain for the desktop');
}
