/** What frames an application's page at its destinations, and how it is to be looked at for that. */
import type { Application } from '../../shared/application.ts';
import { type DestinationConfig, formOf } from '../../shared/destinations/forms.ts';
import { type FramingSettings, framingSchema } from '../../shared/framing.ts';
import { destinationsOf, SAMPLE_APPLICATION, type Settings } from '../../shared/settings.ts';

/** The parts of the settings that say which pages are shown where. */
export type PageSettings = Pick<Settings, 'applications' | 'destinations'>;

export type Framing = FramingSettings & { readonly embedder: string };

const STRICTEST: readonly Framing['mode'][] = ['enforce', 'warn', 'off'];

/** A page, and what its application says of it. */
type Page = Partial<Pick<Application, 'framing' | 'destinations'>> & { readonly page: string };

/** How a page is looked at, and for which of its destinations: once for each origin that frames it. */
export interface Framed {
  readonly framing: Framing;
  /** Ids. */
  readonly destinations: readonly string[];
}

/** Empty where nothing is known to frame it. */
export function framingsOf(page: Page, settings: Pick<Settings, 'destinations'>): Framed[] {
  const found = destinationsOf(page, settings).flatMap((one) => {
    const framing = framingAt(page, one);
    return framing ? [{ id: one.id, framing }] : [];
  });
  const byEmbedder = Map.groupBy(found, ({ framing }) => framing.embedder);
  return [...byEmbedder.values()].flatMap((all) => {
    const destinations = all.map(({ id }) => id);
    const strictest = STRICTEST.flatMap((mode) => all.filter(({ framing }) => framing.mode === mode));
    return strictest.slice(0, 1).map(({ framing }) => ({ framing, destinations }));
  });
}

/** Null where nothing frames it; undefined where nobody knows what does. */
export function framingAt(page: Page, destination: DestinationConfig): Framing | null | undefined {
  const told = formOf(destination).embedder(destination);
  if (told === null) return null;
  const settings = framingSettingsOf(page, destination);
  const embedder = settings.embedder ?? told;
  return embedder === undefined ? undefined : { ...settings, embedder };
}

/** Without settings of its own a made-up page or destination is left alone. */
export function framingSettingsOf({ page, framing }: Page, { kind }: DestinationConfig): FramingSettings {
  const isMadeUp = kind === 'simulator' || page === SAMPLE_APPLICATION.baseUri;
  return framing ?? framingSchema.parse({ mode: isMadeUp ? 'off' : 'warn' });
}
