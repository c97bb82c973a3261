/** Where the agent has put the windows, for each arrangement of displays: in `windows.json` of the data folder, without any address. */
import type { BrowserWindow, BrowserWindowConstructorOptions, Display, Rectangle } from 'electron';
import { Conf } from '../../config/conf.ts';
import { keepLatest } from '../../platform/keep-latest.ts';

/** Arrangements of displays that are remembered. */
const KEPT = 20;
/** A second window stands so far beside the first, in pixels. */
const STEP = 32;

const INTEGER = { type: 'integer', minimum: -100_000, maximum: 100_000 } as const;
const PLACE = {
  type: 'object',
  properties: { x: INTEGER, y: INTEGER, width: INTEGER, height: INTEGER },
  required: ['x', 'y', 'width', 'height'],
  additionalProperties: false,
} as const;

type PlacesOf = Record<string, Record<string, Rectangle>>;

export interface Places {
  /** Within what can be seen now; the usual size where nothing is known. `siblings` stand there already. */
  placeOf(application: string, siblings: number): Partial<BrowserWindowConstructorOptions>;
  keep(application: string, window: Pick<BrowserWindow, 'getNormalBounds'>): void;
}

export interface PlacesDeps {
  readonly dataDir: string;
  readonly displays: () => readonly Pick<Display, 'bounds' | 'workArea' | 'scaleFactor'>[];
  /** Hears why the file cannot be used: places are remembered until poptray ends, then. */
  readonly onFault: (error: unknown) => void;
}

export function openPlaces({ dataDir, displays, onFault }: PlacesDeps): Places {
  const store = trying(
    () =>
      new Conf<{ places: PlacesOf }>({
        cwd: dataDir,
        configName: 'windows',
        configFileMode: 0o600,
        clearInvalidConfig: true,
        defaults: { places: {} },
        schema: {
          places: {
            type: 'object',
            additionalProperties: { type: 'object', additionalProperties: PLACE },
          },
        },
      }),
  );
  const places = new Map(Object.entries(trying(() => store?.get('places')) ?? {}));

  function trying<T>(action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      onFault(error);
      return undefined;
    }
  }

  /** The places and sizes of all displays. */
  function arrangement(): string {
    return displays()
      .map(
        ({ bounds: { x, y, width, height }, scaleFactor }) => `${x},${y},${width}x${height}@${scaleFactor}`,
      )
      .toSorted()
      .join(' ');
  }

  return {
    placeOf(application, siblings) {
      const kept = places.get(arrangement())?.[application];
      if (!kept) return {};
      const moved = { ...kept, x: kept.x + STEP * siblings, y: kept.y + STEP * siblings };
      return withinView(
        moved,
        displays().map(({ workArea }) => workArea),
      );
    },
    keep(application, window) {
      const { x, y, width, height } = window.getNormalBounds();
      const here = arrangement();
      const others = places.get(here);
      places.delete(here);
      places.set(here, { ...others, [application]: { x, y, width, height } });
      keepLatest(places, KEPT);
      trying(() => store?.set('places', Object.fromEntries(places)));
    },
  };
}

/** Moved and made smaller so that all of it is on the display that shows most of it, or on the first. */
export function withinView(place: Rectangle, areas: readonly Rectangle[]): Rectangle {
  const [first = place] = areas;
  const area = areas.reduce((best, one) => (overlap(one, place) > overlap(best, place) ? one : best), first);
  const width = Math.min(place.width, area.width);
  const height = Math.min(place.height, area.height);
  return {
    x: Math.min(Math.max(place.x, area.x), area.x + area.width - width),
    y: Math.min(Math.max(place.y, area.y), area.y + area.height - height),
    width,
    height,
  };
}

function overlap(one: Rectangle, other: Rectangle): number {
  const width = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x);
  const height = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y);
  return Math.max(0, width) * Math.max(0, height);
}
