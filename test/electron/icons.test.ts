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
        const path = trayIconPath(TRAY, state, platform, isDark);
        expect(existsSync(path), path).toBe(true);
        if (platform !== 'win32') expect(existsSync(path.replace(/\.png$/, '@2x.png')), path).toBe(true);
      }
    }
  }
});

test('the states differ in shape: with the colour taken away no two are the same', () => {
  const shapes = trayStates.map((state) => {
    const png = readFileSync(trayIconPath(TRAY, state, 'darwin', false));
    const length = png.readUInt32BE(33);
    const alpha = inflateSync(png.subarray(41, 41 + length)).filter(
      (_, i) => i % 65 > 0 && ((i % 65) - 1) % 4 === 3,
    );
    return createHash('sha256').update(alpha).digest('hex');
  });
  expect(new Set(shapes).size).toBe(trayStates.length);
});

test('the app’s icon is as large as the installers ask', () => {
  expect(readFileSync(join(BUILD, 'icon.png')).readUInt32BE(16)).toBe(512);
  const ico = readFileSync(join(BUILD, 'icon.ico'));
  // The last entry is the one of 256 pixels, which is written as 0.
  expect(ico[6 + (ico.readUInt16LE(4) - 1) * 16]).toBe(0);
});
