/** The built shell's window on the stand-in: a page of a real Chromium. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { HAS_NO_CHROMIUM } from '../support/chromium-there.ts';
import { tempDir } from '../support/temp-dir.ts';
import { faceOf, startAgain } from './driver.ts';
import { eventually } from './eventually.ts';
import { useFixtureShell } from './fixture-shell.ts';

vi.setConfig({ testTimeout: 60_000 });
const open = useFixtureShell('real');

describe.skipIf(HAS_NO_CHROMIUM)('the window', () => {
  test('opens at a start by hand, talks to the app, and has nothing of Node in reach', async () => {
    const { desktop } = await open([]);
    const page = await desktop.page();
    await eventually(() => page.textContent('#inside')).toBe('the built-in Genesys Cloud simulator');
    const names = ['process', 'require', 'module', 'Buffer', '__standInInvoke', '__standInReceive'];
    expect(await page.evaluate((all) => all.filter((name) => name in globalThis), names)).toEqual([]);
    const bridge =
      'Object.keys(poptray).join() + Object.isFrozen(poptray) + typeof poptray.call.constructor("return process")';
    expect(await page.evaluate(bridge)).toBe('call,subscribe,exportLogtruefunction');
  });

  test('hears what happens until it does not want to any more', async () => {
    const { desktop } = await open([]);
    const page = await desktop.page();
    await eventually(() => page.textContent('#inside')).not.toBe('');
    await desktop.do('clickMenu', 'Send a test pop');
    await eventually(() => page.evaluate('events.map(({ type }) => type).join()')).toBe('entry');
    await page.evaluate('unsubscribe()');
    await desktop.do('clickMenu', 'Until I resume');
    await eventually(async () => (await desktop.do('tray')).image).toContain(faceOf('paused'));
    expect(await page.evaluate('events.length')).toBe(1);
  });

  test('takes no focus from what is being typed, whatever becomes of a pop; hidden, it stays so', async () => {
    const { desktop } = await open([], { callers: ['unnamed program'] });
    const page = await desktop.page();
    await eventually(() => page.textContent('#inside')).not.toBe('');
    const windowAfterPops = async (count: number) => {
      for (const user of ['agent-1', 'fails']) await desktop.do('openUrl', `poptray://trigger?user=${user}`);
      await eventually(() => page.evaluate('events.length')).toBe(count);
      return (await desktop.do('windows'))[0];
    };
    const before = (await desktop.do('windows'))[0];
    expect(await windowAfterPops(2)).toEqual(before);
    await desktop.do('closeWindow');
    expect(await windowAfterPops(4)).toEqual({ ...before, isShown: false });
  });

  test('F29 hides when it is closed, comes back with a second start, and leaves with a quit', async () => {
    const { desktop, start } = await open([]);
    await desktop.page();
    await desktop.do('closeWindow');
    expect(await desktop.do('windows')).toMatchObject([{ isShown: false }]);
    expect(await startAgain(start)).toBe(0);
    await eventually(() => desktop.do('windows')).toMatchObject([{ isShown: true }]);
    desktop.do('quit').catch(() => {});
    expect(await desktop.ended).toBe(0);
  });

  test('is told the state anew after a suspend', async () => {
    const { desktop } = await open([]);
    const page = await desktop.page();
    await eventually(() => page.textContent('#inside')).not.toBe('');
    await desktop.do('wake');
    await eventually(() => page.evaluate('events.map(({ type }) => type).join()')).toBe('status');
  });

  test('opens a pop from the menu and the settings, in the page that is there', async () => {
    const { desktop } = await open([]);
    const page = await desktop.page();
    await eventually(() => page.textContent('#inside')).not.toBe('');
    await desktop.do('clickMenu', 'Send a test pop');
    await eventually(() => desktop.do('notices')).toHaveLength(1);
    await desktop.do('clickNotice', 0);
    await eventually(async () => (await desktop.do('windows'))[0]?.url).toBe('app://poptray/#/pops/pop-3');
    await desktop.do('clickMenu', 'Settings');
    await eventually(async () => (await desktop.do('windows'))[0]?.url).toBe('app://poptray/#/settings');
    expect(await page.evaluate('events.length')).toBe(1);
  });

  test('goes nowhere else, opens nothing, and is permitted nothing but to copy', async () => {
    const { desktop } = await open([]);
    const page = await desktop.page();
    await eventually(() => page.textContent('#inside')).not.toBe('');
    await page.evaluate('setTimeout(() => location.assign("https://evil.example/"))');
    await page.evaluate('setTimeout(() => open("https://evil.example/"))');
    await eventually(async () => (await desktop.do('windows'))[0]?.refusedWindows).toHaveLength(1);
    expect(await desktop.do('windows')).toMatchObject([{ url: 'app://poptray/' }]);
    expect(await page.textContent('#inside')).not.toBe('');
    const granted = { requested: true, checked: true };
    const denied = { requested: false, checked: false };
    const others = ['media', 'geolocation', 'notifications', 'clipboard-read', 'openExternal', 'hid'];
    for (const permission of others)
      expect(await desktop.do('permissionsOf', 'app://poptray/', permission), permission).toEqual(denied);
    const copying = 'clipboard-sanitized-write';
    expect(await desktop.do('permissionsOf', 'app://poptray/', copying)).toEqual(granted);
    expect(await desktop.do('permissionsOf', 'https://evil.example/', copying)).toEqual(denied);
    // Who asks counts, not whose window it is.
    for (const url of ['https://evil.example/', 'app://poptray/']) {
      const frame = { url, isMainFrame: false };
      expect(await desktop.do('permissionsOf', 'app://poptray/', copying, frame)).toEqual(denied);
    }
    for (const origin of ['app://poptray', 'https://evil.example'])
      expect(await desktop.do('hasDevice', origin)).toBe(false);
  });

  test('can copy, and in Chromium itself is denied the rest', async () => {
    const { desktop } = await open([]);
    const page = await desktop.page();
    await eventually(() => page.textContent('#inside')).not.toBe('');
    const stateOf = (name: string) =>
      page.evaluate(`navigator.permissions.query({ name: '${name}' }).then(({ state }) => state)`);
    expect(await page.evaluate('isSecureContext')).toBe(true);
    for (const name of ['clipboard-read', 'geolocation', 'notifications', 'camera', 'microphone', 'midi'])
      expect(await stateOf(name), name).toBe('denied');
    await page.bringToFront();
    expect(await page.evaluate('navigator.clipboard.writeText("copied").then(() => "copied", String)')).toBe(
      'copied',
    );
    expect(await page.evaluate('navigator.clipboard.readText().catch(({ name }) => name)')).toBe(
      'NotAllowedError',
    );
  });

  test('runs no script and asks no server but its own', async () => {
    const { desktop } = await open([]);
    const page = await desktop.page();
    await eventually(() => page.textContent('#inside')).not.toBe('');
    const violations = page.evaluate(
      `new Promise((resolve) => {
        const seen = [];
        addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
          seen.push(effectiveDirective);
          if (seen.includes('connect-src') && seen.length === 4) resolve(seen.sort());
        });
        document.body.insertAdjacentHTML('beforeend', '<b onclick="1" style="color:red">');
        document.body.append(Object.assign(document.createElement('script'), { textContent: 'hacked = 1' }));
        fetch('https://evil.example/').catch(() => {});
      })`,
    );
    expect(await violations).toEqual(['connect-src', 'script-src-attr', 'script-src-elem', 'style-src-attr']);
    expect(await page.evaluate('typeof hacked')).toBe('undefined');
  });

  test('saves an export where the user says, and nothing when the user thinks better of it', async () => {
    const { desktop } = await open([]);
    const page = await desktop.page();
    await eventually(() => page.textContent('#inside')).not.toBe('');
    expect(await page.evaluate('poptray.exportLog("csv", {})')).toEqual({
      ok: true,
      value: { saved: false },
    });
    const file = join(tempDir(), 'export.csv');
    await desktop.do('saveTo', file);
    expect(await page.evaluate('poptray.exportLog("csv", {})')).toEqual({ ok: true, value: { saved: true } });
    expect(readFileSync(file, 'utf8')).toBe('csv\nline\n');
  });
});

test('nothing of the dashboard looks at where its page stands, nor uses what a scheme of its own has not', () => {
  const root = join(import.meta.dirname, '../../renderer');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.tsx?$/.test(file),
  );
  expect(files.length).toBeGreaterThan(50);
  const uses =
    /\blocation\.(origin|host|hostname|port|protocol|href|pathname)\b|document\.(URL|cookie|domain|baseURI|referrer)\b|serviceWorker/;
  // What a tab without a session shows, the simulator's desktop and the sample page are seen in browsers alone.
  const inWindow = files.filter(
    (file) => !/^(desktop|customer)[\\/]/.test(file) && !/(^|[\\/])no-session(-card)?\.tsx$/.test(file),
  );
  expect(inWindow.filter((file) => uses.test(readFileSync(join(root, file), 'utf8')))).toEqual([]);
});
