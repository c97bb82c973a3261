/** May a page be shown where pops go? For `poptray doctor`, in words. */

import { pageOf } from '../../shared/application.ts';
import { formOf } from '../../shared/destinations/forms.ts';
import { type Finding, ok } from '../../shared/finding.ts';
import { framingsOf, type PageSettings } from '../compatibility/framing-monitor.ts';
import { probePage } from '../compatibility/page-probe.ts';
import type { Proxies } from '../network/proxies.ts';

type Look = Omit<Finding, 'check'>;

/** Looks at a page as its application would; one that belongs to none is looked at for its headers alone. */
export async function examinePage(page: string, settings: PageSettings): Promise<Finding> {
  if (settings.destinations.every((one) => formOf(one).embedder(one) === null))
    return { check: 'page', ...ok(`${page} stands by itself on this machine: nothing frames it`) };
  const { origin } = new URL(page);
  const application = settings.applications.find((one) => URL.parse(pageOf(one))?.origin === origin);
  const origins = [origin, ...(application?.allowedOrigins ?? [])];
  const looks = framingsOf({ ...application, page }, settings).map(({ embedder, directives }) =>
    look({ page, origins, embedder, directives }),
  );
  return { check: 'page', ...together(await Promise.all(looks)) };
}

/** All applications that are looked at at all; what is enforced and blocked is a fault. */
export async function examinePages(settings: PageSettings, proxies?: Proxies): Promise<Look> {
  const parts = settings.applications.flatMap((application) => {
    const { id, allowedOrigins: origins } = application;
    const page = pageOf(application);
    return framingsOf({ ...application, page }, settings).map(async (framing): Promise<Look> => {
      const { mode, embedder, directives } = framing;
      if (mode === 'off') return { verdict: 'ok', detail: `${id} is not looked at` };
      const { verdict, detail } = await look({ page, origins, embedder, directives }, proxies);
      const isHarmless = verdict === 'fault' && mode === 'warn';
      return { verdict: isHarmless ? 'note' : verdict, detail: `${id}: ${detail}` };
    });
  });
  return together(await Promise.all(parts));
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
