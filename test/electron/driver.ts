/** Starts the built app on the stand-in and works it as a person at the desktop does. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import type { Controls } from './stand-in/control.ts';

const REGISTER = new URL('./stand-in/register.ts', import.meta.url).href;

export interface Start {
  readonly root: string;
  /** Without one the app finds its own. */
  readonly dataDir: string | undefined;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

type Result<Name extends keyof Controls> = Awaited<ReturnType<Controls[Name]>>;

export interface Desktop {
  do<Name extends keyof Controls>(name: Name, ...args: Parameters<Controls[Name]>): Promise<Result<Name>>;
  /** The page of the first window, as soon as there is one. */
  page(): Promise<Page>;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
  /** What it wrote to stderr. */
  complaints(): string;
  /** Whether it has asked to be started anew once it has ended. */
  isToComeBack(): boolean;
}

/** Desktops of Linux, by what they tell their programs. */
export const desktops = {
  plasma: { XDG_CURRENT_DESKTOP: 'KDE', XDG_SESSION_TYPE: 'x11' },
  gnome: { XDG_CURRENT_DESKTOP: 'ubuntu:GNOME', XDG_SESSION_TYPE: 'wayland', WAYLAND_DISPLAY: 'wayland-0' },
} as const;

/** The system that the stand-in plays; test/electron/platforms.long.test.ts has all of them played. */
export const platform = (process.env.STAND_IN_PLATFORM || process.platform) as NodeJS.Platform;

/** The environment in which another program of poptray is on the system that is played, too. */
export const onPlayed = { NODE_OPTIONS: `--import=${REGISTER}`, STAND_IN_PLATFORM: platform };

/** Resolves when the tray is there. The process ends with the test. */
export async function startDesktop(start: Start): Promise<Desktop> {
  const child = launch(start);
  child.stdout?.resume();
  let complaints = '';
  child.stderr?.on('data', (piece) => {
    complaints += piece;
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const waiting = new Map<number, { resolve(value: never): void; reject(error: Error): void }>();
  let lastId = 0;
  let isToComeBack = false;
  child.on('message', ({ id, value, error }: { id?: number; value: never; error?: string }) => {
    if (id === undefined) {
      isToComeBack = true;
      return;
    }
    const call = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) call?.resolve(value);
    else call?.reject(new Error(error));
  });
  void ended.then((code) => {
    for (const call of waiting.values()) call.reject(new Error(`it ended with ${code}: ${complaints}`));
  });
  onTestFinished(async () => {
    if (child.connected) child.disconnect();
    // One that does not end by itself, such as with a browser that hangs, must not hold up the others.
    const tooLong = setTimeout(() => child.kill('SIGKILL'), 5000);
    await ended;
    clearTimeout(tooLong);
  });
  const desktop: Desktop = {
    ended,
    complaints: () => complaints,
    isToComeBack: () => isToComeBack,
    do(name, ...args) {
      lastId += 1;
      const id = lastId;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        if (!child.connected) reject(new Error(`it has ended: ${complaints}`));
        else child.send({ id, name, args });
      });
    },
    async page() {
      await expect
        // Who looks at a page while it comes up may get to see none of it, ever.
        .poll(() => desktop.do('windows').then((all) => all.some(({ isLoaded }) => isLoaded)), {
          timeout: 20_000,
        })
        .toBe(true);
      const port = await desktop.do('debuggingPort');
      const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
      onTestFinished(() => browser.close());
      const pages = browser.contexts().flatMap((context) => context.pages());
      const page = pages.find((candidate) => candidate.url().includes('stand-in.invalid'));
      if (!page) throw new Error('there is no page of the app');
      return page;
    },
  };
  await expect
    .poll(() => desktop.do('tray').then(({ menu }) => menu.length), { timeout: 30_000 })
    .toBeGreaterThan(0);
  return desktop;
}

/** A second start with the same folder; resolves with its exit code. */
export async function startAgain(start: Start): Promise<number | null> {
  const child = launch(start);
  const [code] = await once(child, 'exit');
  return code as number | null;
}

/** A start that comes to nothing; resolves with its exit code and what it said. */
export async function startRefused(
  start: Start,
): Promise<{ code: number | null; said: string; complaints: string }> {
  const child = launch(start);
  let said = '';
  let complaints = '';
  child.stdout?.on('data', (piece) => {
    said += piece;
  });
  child.stderr?.on('data', (piece) => {
    complaints += piece;
  });
  const [code] = await once(child, 'close');
  return { code: code as number | null, said, complaints };
}

/** A start that comes to nothing, once its error box is open; the process is killed with the test. */
export async function startRefusedWithBox(start: Start): Promise<{ hasEnded(): boolean }> {
  const child = launch(start);
  onTestFinished(() => void child.kill('SIGKILL'));
  if (child.stderr) await once(child.stderr, 'data');
  return { hasEnded: () => child.exitCode !== null };
}

function launch({ root, dataDir, args = [], env = {} }: Start): ChildProcess {
  return fork(
    join(root, 'dist/main/index.js'),
    [...(dataDir === undefined ? [] : ['--data-dir', dataDir]), ...args],
    {
      execArgv: ['--import', REGISTER],
      env: {
        ...process.env,
        ...desktops.plasma,
        // Not the folder of whoever runs the tests.
        XDG_CONFIG_HOME: join(tmpdir(), 'poptray-no-config'),
        STAND_IN_ROOT: root,
        POPTRAY_KEYCHAIN: 'off',
        NODE_NO_WARNINGS: '1',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  );
}

/** The end of the file with the icon of a state, on the system that is played. */
export function faceOf(state: string, isGnome = false): string {
  if (platform === 'darwin') return `/${state}Template.png`;
  if (platform === 'win32') return `/${state}-on-light.ico`;
  return `/${state}-${isGnome ? 'on-dark' : 'outlined'}.png`;
}
