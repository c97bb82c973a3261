/** Draws all icons into build/, which is committed: `node scripts/icons.ts`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Colour, drawPng, type Layer, packIco } from './icons/png.ts';
import { appGround, appMark, grown, inset, trayShapes } from './icons/shapes.ts';

const BUILD = join(import.meta.dirname, '../build');
const TRAY = join(BUILD, 'tray');
const DARK: Colour = [31, 41, 51];
const LIGHT: Colour = [255, 255, 255];

function ico(sizes: readonly number[], layers: readonly Layer[]): Buffer {
  return packIco(sizes.map((size) => ({ size, png: drawPng(size, layers) })));
}

mkdirSync(TRAY, { recursive: true });
for (const [state, shape] of Object.entries(trayShapes)) {
  // macOS looks at the alpha of a template alone, and at its name.
  const templates = [{ shape, colour: [0, 0, 0] as const }];
  writeFileSync(join(TRAY, `${state}Template.png`), drawPng(16, templates));
  writeFileSync(join(TRAY, `${state}Template@2x.png`), drawPng(32, templates));
  // The panels of Linux say nothing of their colour: GNOME's is dark, for the others there is an outline.
  const small = inset(shape);
  const outlined = [
    { shape: grown(small, 1), colour: DARK },
    { shape: small, colour: LIGHT },
  ];
  for (const [panel, layers] of [
    ['on-dark', [{ shape, colour: LIGHT }]],
    ['outlined', outlined],
  ] as const) {
    writeFileSync(join(TRAY, `${state}-${panel}.png`), drawPng(16, layers));
    writeFileSync(join(TRAY, `${state}-${panel}@2x.png`), drawPng(32, layers));
  }
  for (const [bar, colour] of [
    ['on-light', DARK],
    ['on-dark', LIGHT],
  ] as const)
    writeFileSync(join(TRAY, `${state}-${bar}.ico`), ico([16, 20, 24, 32, 48], [{ shape, colour }]));
}

const app: Layer[] = [
  { shape: appGround, colour: [20, 86, 190] },
  { shape: appMark, colour: [255, 255, 255] },
];
writeFileSync(join(BUILD, 'icon.png'), drawPng(512, app));
writeFileSync(join(BUILD, 'icon.ico'), ico([16, 24, 32, 48, 64, 128, 256], app));
