/** The built product on a real Electron, where there is one: what only it can show. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { _electron, type ElectronApplication } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { findRuntime, whyNoWindow } from '../../scripts/start/runtime.ts';
import { tempDir } from '../support/temp-dir.ts';
import { eventually } from './eventually.ts';
import { buildRoot, removeRoot } from './root.ts';
import { walkViews } from './walk-views.ts';

const machine = {
  env: process.env,
  platform: process.platform,
  isRoot: process.getuid?.() === 0,
  electronDir: join(import.meta.dirname, '../../node_modules/electron'),
};
const runtime = findRuntime(machine);
const missing = whyNoWindow(machine) ?? (runtime === undefined ? 'no Electron runtime' : undefined);

// Where it was asked for, its absence is a fault.
if (missing !== undefined && process.env.POPTRAY_E2E_ELECTRON) throw new Error(missing);
if (missing !== undefined) process.stderr.write(`skipped on the real Electron: ${missing}\n`);

describe.skipIf(missing !== undefined)('on the real Electron', { timeout: 60_000 }, () => {
  let root: string;
  beforeAll(async () => {
    root = await buildRoot('main/index.ts', 'real');
  }, 60_000);
  afterAll(() => removeRoot(root));

  async function open(...args: string[]) {
    const dataDir = join(tempDir(), 'data');
    const all = [root, '--port=0', `--data-dir=${dataDir}`, ...args];
    const app = await _electron.launch({ executablePath: runtime as string, args: all });
    onTestFinished(() => app.close().catch(() => {}));
    const port = async () => {
      const read = () => JSON.parse(readFileSync(join(dataDir, 'endpoint.json'), 'utf8')).port as number;
      await eventually(read).toBeGreaterThan(0);
      return read();
    };
    const again = (...more: string[]) =>
      new Promise((resolve) => spawn(runtime as string, [...all, ...more]).on('exit', resolve));
    return { app, port, again };
  }

  const isVisible = (app: ElectronApplication) =>
    app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().some((window) => window.isVisible()));

  test('the dashboard is there, by its own scheme, with nothing of Node in reach', async () => {
    const { app } = await open();
    const page = await app.firstWindow();
    await eventually(() => page.textContent('body')).toMatch(/simulat/i);
    expect(page.url()).toMatch(/^app:\/\/poptray\//);
    expect(await walkViews(page)).toEqual([]);
    expect(await page.evaluate('[typeof process, typeof require, isSecureContext].join()')).toBe(
      'undefined,undefined,true',
    );
    expect(await page.evaluate('Object.keys(poptray).join()')).toBe('call,subscribe,exportLog');
    await page.evaluate('location.assign("https://evil.example/"); void open("https://evil.example/")');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(page.url()).toMatch(/^app:\/\/poptray\//);
    expect(app.windows()).toHaveLength(1);
  });

  test('closing hides, a second start shows, quitting closes the port', async () => {
    const { app, port, again } = await open();
    await app.firstWindow();
    await eventually(() => isVisible(app)).toBe(true);
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
    await eventually(() => isVisible(app)).toBe(false);
    await again();
    await eventually(() => isVisible(app)).toBe(true);
    const url = `http://127.0.0.1:${await port()}/healthz`;
    expect((await fetch(url)).ok).toBe(true);
    const ended = new Promise((resolve) => app.process().on('exit', resolve));
    await app.evaluate(({ app: electronApp }) => electronApp.quit());
    await ended;
    await expect(fetch(url)).rejects.toThrow();
  });

  test('the scheme asks, and then fires without a window', async () => {
    const { app, port, again } = await open('--hidden');
    await port();
    await app.evaluate(({ dialog }) => {
      dialog.showMessageBox = async () => ({ response: 0, checkboxChecked: false });
    });
    await again('poptray://trigger?user=agent-1&from=3CX');
    expect(await isVisible(app)).toBe(false);
  });
});
