/** The icons as shapes on a 16 by 16 grid: whether a point is inside. */

export type Shape = (x: number, y: number) => boolean;

const both =
  (...shapes: Shape[]): Shape =>
  (x, y) =>
    shapes.some((shape) => shape(x, y));
const without =
  (shape: Shape, hole: Shape): Shape =>
  (x, y) =>
    shape(x, y) && !hole(x, y);

function roundedBox(left: number, top: number, right: number, bottom: number, radius: number): Shape {
  return (x, y) => {
    const dx = Math.max(left + radius - x, 0, x - (right - radius));
    const dy = Math.max(top + radius - y, 0, y - (bottom - radius));
    return Math.hypot(dx, dy) <= radius && x >= left && x <= right && y >= top && y <= bottom;
  };
}

function polygon(...points: [number, number][]): Shape {
  return (x, y) => {
    let isInside = false;
    for (const [i, [x1, y1]] of points.entries()) {
      const [x2, y2] = points[(i + 1) % points.length] as [number, number];
      if (y1 > y !== y2 > y && x < x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)) isInside = !isInside;
    }
    return isInside;
  };
}

/** A page that pops up over something: a bubble with its tail at the lower left. Edges lie on whole pixels. */
const bubble = both(roundedBox(1, 1, 15, 11, 2.5), polygon([4, 10], [4, 15], [8.5, 10.5]));
const hollow = without(bubble, roundedBox(3, 3, 13, 9, 1));
const arrow = both(roundedBox(4, 5, 9, 7, 0.3), polygon([8, 2.5], [13, 6], [8, 9.5]));
const bars = both(roundedBox(5, 4, 7, 8, 0.3), roundedBox(9, 4, 11, 8, 0.3));
const exclamation = both(roundedBox(7, 5, 9, 10, 0.4), roundedBox(7, 11, 9, 13, 0.4));
const warning = polygon([8, 0.5], [16, 15], [0, 15]);

/** One silhouette for each tray state, so that nobody needs the colour. */
export const trayShapes: Readonly<Record<string, Shape>> = {
  ready: bubble,
  delivering: without(bubble, arrow),
  degraded: without(warning, exclamation),
  paused: both(hollow, bars),
  'not-configured': both(hollow, roundedBox(7, 5, 9, 7, 0.6)),
};

/** Smaller, with a pixel of room on every side. */
export const inset =
  (shape: Shape): Shape =>
  (x, y) =>
    shape(((x - 8) * 16) / 14 + 8, ((y - 8) * 16) / 14 + 8);

/** All that is no further from the shape than that. */
export function grown(shape: Shape, by: number): Shape {
  const ways = Array.from({ length: 16 }, (_, i) => (i * Math.PI) / 8);
  return (x, y) => shape(x, y) || ways.some((way) => shape(x + by * Math.cos(way), y + by * Math.sin(way)));
}

/** The app's own icon: its ground, and on it the bubble, smaller. */
export const appGround = roundedBox(0.5, 0.5, 15.5, 15.5, 3.4);
export const appMark: Shape = (x, y) => without(bubble, arrow)((x - 8) * 1.5 + 8, (y - 8.3) * 1.5 + 8);
