/** May a page be shown where pops go? For `poptray doctor`, in words. */

import { pageOf } from '../../shared/application.ts';
import { formOf } from '../../shared/destinations/forms.ts';
import { type Finding, ok } from '../../shared/finding.ts';
import { destinationsOf } from '../../shared/settings.ts';
import { framingsOf, type PageSettings } from '../compatibility/framings.ts';
import { probePage } from '../compatibility/page-probe.ts';
import type { Proxies } from '../network/proxies.ts';

type Look = Omit<Finding, 'check'>;

/** Looks at a page as its application would; one that belongs to none is looked at for its headers alone. */
export async function examinePage(page: string, settings: PageSettings): Promise<Finding> {
  const { origin } = new URL(page);
  const application = settings.applications.find((one) => URL.parse(pageOf(one))?.origin === origin);
  const origins = [origin, ...(application?.allowedOrigins ?? [])];
  const framings = framingsOf({ ...application, page }, settings);
  const looks = framings.map(async ({ framing, destinations }) => {
    const { embedder, directives } = framing;
    return named(await look({ page, origins, embedder, directives }), destinations, settings);
  });
  if (looks.length === 0) return { check: 'page', ...unframed(page, { ...application }, settings) };
  return { check: 'page', ...together(await Promise.all(looks)) };
}

/** All applications that are looked at at all; what is enforced and blocked is a fault. */
export async function examinePages(settings: PageSettings, proxies?: Proxies): Promise<Look> {
  const parts = settings.applications.flatMap((application): (Look | Promise<Look>)[] => {
    const { id, allowedOrigins: origins } = application;
    const page = pageOf(application);
    const framings = framingsOf({ ...application, page }, settings);
    if (framings.length === 0) return [ok(`${id} is not looked at: nothing is known to frame its page`)];
    return framings.map(async ({ framing, destinations }): Promise<Look> => {
      const { mode, embedder, directives } = framing;
      if (mode === 'off') return named(ok(`${id} is not looked at`), destinations, settings);
      const found = await look({ page, origins, embedder, directives }, proxies);
      const { verdict, detail } = named(found, destinations, settings);
      const isHarmless = verdict === 'fault' && mode === 'warn';
      return { verdict: isHarmless ? 'note' : verdict, detail: `${id}: ${detail}` };
    });
  });
  return together(await Promise.all(parts));
}

/** Says for which destinations it holds, where there are several. */
function named({ verdict, detail }: Look, ids: readonly string[], { destinations }: PageSettings): Look {
  return { verdict, detail: destinations.length > 1 ? `for ${ids.join(', ')}: ${detail}` : detail };
}

function unframed(page: string, place: Parameters<typeof destinationsOf>[0], settings: PageSettings): Look {
  const silent = destinationsOf(place, settings).filter((one) => formOf(one).embedder(one) !== null);
  if (silent.length === 0) return ok(`${page} stands by itself on this machine: nothing frames it`);
  const ids = silent.map(({ id }) => id).join(', ');
  const wayOut = 'name it as "embedder" in the "framing" of its application';
  return {
    verdict: 'note',
    detail: `${page} was not looked at: ${ids} does not tell what frames it; ${wayOut}`,
  };
}

/** As bad as the worst. */
function together(looks: readonly Look[]): Look {
  const worst = (['fault', 'note'] as const).find((one) => looks.some(({ verdict }) => verdict === one));
  return { verdict: worst ?? 'ok', detail: looks.map(({ detail }) => detail).join('; ') };
}

async function look(target: Parameters<typeof probePage>[0], proxies?: Proxies): Promise<Look> {
  const { verdict, rule, detail, advice } = await probePage(target, new AbortController().signal, proxies);
  const says = {
    allowed: 'may be shown',
    blocked: 'may not be shown',
    unknown: 'is not known to be allowed',
  }[verdict];
  const words = `${target.page} ${says} in a frame of ${target.embedder} (${rule}: ${detail})`;
  if (advice === null) return { verdict: 'ok', detail: words };
  return { verdict: 'fault', detail: `${words}. What to do: ${advice}` };
}
