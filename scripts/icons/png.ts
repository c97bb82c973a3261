/** Draws shapes into PNG files, and puts PNG files into an ICO. */
import { crc32, deflateSync } from 'node:zlib';
import type { Shape } from './shapes.ts';

export type Colour = readonly [red: number, green: number, blue: number];
export interface Layer {
  readonly shape: Shape;
  readonly colour: Colour;
}

/** Points looked at along each side of a pixel. */
const SAMPLES = 8;
const GRID = 16;

/** Later layers lie on top. */
export function drawPng(size: number, layers: readonly Layer[]): Buffer {
  const rows = Buffer.alloc(size * (1 + size * 4));
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) rows.set(pixel(x, y, size, layers), y * (1 + size * 4) + 1 + x * 4);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  // 8 bits for each of red, green, blue and alpha.
  header.set([8, 6, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** An ICO of PNG images, as Windows has taken them since Vista. */
export function packIco(images: readonly { size: number; png: Buffer }[]): Buffer {
  const head = Buffer.alloc(6 + images.length * 16);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(images.length, 4);
  let offset = head.length;
  for (const [i, { size, png }] of images.entries()) {
    const at = 6 + i * 16;
    // 256 is written as 0.
    head.set([size & 0xff, size & 0xff], at);
    head.writeUInt16LE(1, at + 4);
    head.writeUInt16LE(32, at + 6);
    head.writeUInt32LE(png.length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += png.length;
  }
  return Buffer.concat([head, ...images.map(({ png }) => png)]);
}

function pixel(x: number, y: number, size: number, layers: readonly Layer[]): number[] {
  const sum = [0, 0, 0];
  let covered = 0;
  for (let i = 0; i < SAMPLES * SAMPLES; i++) {
    const px = ((x + ((i % SAMPLES) + 0.5) / SAMPLES) * GRID) / size;
    const py = ((y + (Math.floor(i / SAMPLES) + 0.5) / SAMPLES) * GRID) / size;
    const top = layers.findLast(({ shape }) => shape(px, py));
    if (!top) continue;
    covered += 1;
    for (const [channel, value] of top.colour.entries()) sum[channel] = (sum[channel] ?? 0) + value;
  }
  if (covered === 0) return [0, 0, 0, 0];
  return [...sum.map((value) => Math.round(value / covered)), Math.round((covered / SAMPLES ** 2) * 255)];
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
