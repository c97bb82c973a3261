import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { trayIconPath } from '../../main/electron/icons.ts';
import { trayStates } from '../../main/electron/tray-state.ts';

const BUILD = join(import.meta.dirname, '../../build');
const TRAY = join(BUILD, 'tray');

test('every state has an icon for every system and every bar, at both densities', () => {
  for (const state of trayStates) {
    for (const platform of ['darwin', 'linux', 'win32'] as const) {
      for (const isDark of [true, false]) {
        for (const desktop of [undefined, 'ubuntu:GNOME', 'KDE']) {
          const path = trayIconPath(TRAY, state, { platform, desktop, isDark });
          expect(existsSync(path), path).toBe(true);
          if (platform !== 'win32') expect(existsSync(path.replace(/\.png$/, '@2x.png')), path).toBe(true);
        }
      }
    }
  }
});

test('the states differ in shape: with the colour taken away no two are the same', () => {
  const shapes = trayStates.map((state) => {
    const png = readFileSync(
      trayIconPath(TRAY, state, { platform: 'darwin', desktop: undefined, isDark: false }),
    );
    const length = png.readUInt32BE(33);
    const alpha = inflateSync(png.subarray(41, 41 + length)).filter(
      (_, i) => i % 65 > 0 && ((i % 65) - 1) % 4 === 3,
    );
    return createHash('sha256').update(alpha).digest('hex');
  });
  expect(new Set(shapes).size).toBe(trayStates.length);
});

test.each([
  ['ubuntu:GNOME', 'ready-on-dark.png'],
  ['GNOME-Classic:GNOME', 'ready-on-dark.png'],
  ['KDE', 'ready-outlined.png'],
  ['XFCE', 'ready-outlined.png'],
  [undefined, 'ready-outlined.png'],
])('on %s the icon can be seen whatever theme the programs have', (desktop, file) => {
  for (const isDark of [true, false])
    expect(trayIconPath('', 'ready', { platform: 'linux', desktop, isDark })).toBe(file);
});

test('the outlined icon is dark at its rim and light within, so that it stands out from any panel', () => {
  const png = readFileSync(trayIconPath(TRAY, 'ready', { platform: 'linux', desktop: 'KDE', isDark: false }));
  const pixels = inflateSync(png.subarray(41, 41 + png.readUInt32BE(33)));
  // Down the middle of the bubble.
  const column = Array.from({ length: 16 }, (_, y) => {
    const at = y * 65 + 1 + 8 * 4;
    return (pixels[at + 3] ?? 0) < 128 ? ' ' : (pixels[at] ?? 0) > 128 ? 'light' : 'dark';
  });
  const seen = column.filter((tone, y) => tone !== ' ' && tone !== column[y - 1]);
  expect(seen).toEqual(['dark', 'light', 'dark']);
});

test('the app’s icon is as large as the installers ask', () => {
  expect(readFileSync(join(BUILD, 'icon.png')).readUInt32BE(16)).toBe(512);
  const ico = readFileSync(join(BUILD, 'icon.ico'));
  // The last entry is the one of 256 pixels, which is written as 0.
  expect(ico[6 + (ico.readUInt16LE(4) - 1) * 16]).toBe(0);
});
