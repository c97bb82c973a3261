/** May a page be shown where pops go? For `poptray doctor`, in words. */

import { pageOf } from '../../shared/application.ts';
import { formOf } from '../../shared/destinations/forms.ts';
import { type Finding, ok } from '../../shared/finding.ts';
import type { Settings } from '../../shared/settings.ts';
import { framingOf } from '../compatibility/framing-monitor.ts';
import { probePage } from '../compatibility/page-probe.ts';
import type { Proxies } from '../network/proxies.ts';

type PageSettings = Pick<Settings, 'applications' | 'destination'>;

/** Looks at a page as its application would; one that belongs to none is looked at for its headers alone. */
export async function examinePage(
  page: string,
  { applications, destination }: PageSettings,
): Promise<Finding> {
  if (formOf(destination).embedder(destination) === null)
    return { check: 'page', ...ok(`${page} stands by itself on this machine: nothing frames it`) };
  const { origin } = new URL(page);
  const application = applications.find((one) => URL.parse(pageOf(one))?.origin === origin);
  const origins = [origin, ...(application?.allowedOrigins ?? [])];
  const { embedder, directives } = framingOf({ ...application, page }, destination);
  return { check: 'page', ...(await look({ page, origins, embedder, directives })) };
}

/** All applications that are looked at at all; what is enforced and blocked is a fault. */
export async function examinePages(
  { applications, destination }: PageSettings,
  proxies?: Proxies,
): Promise<Omit<Finding, 'check'>> {
  const parts = await Promise.all(
    applications.map(async (application) => {
      const { id, allowedOrigins: origins } = application;
      const page = pageOf(application);
      const { mode, embedder, directives } = framingOf({ ...application, page }, destination);
      if (mode === 'off') return { verdict: 'ok' as const, detail: `${id} is not looked at` };
      const { verdict, detail } = await look({ page, origins, embedder, directives }, proxies);
      const isHarmless = verdict === 'fault' && mode === 'warn';
      return { verdict: isHarmless ? ('note' as const) : verdict, detail: `${id}: ${detail}` };
    }),
  );
  const worst = (['fault', 'note'] as const).find((one) => parts.some(({ verdict }) => verdict === one));
  return { verdict: worst ?? 'ok', detail: parts.map(({ detail }) => detail).join('; ') };
}

async function look(
  target: Parameters<typeof probePage>[0],
  proxies?: Proxies,
): Promise<Omit<Finding, 'check'>> {
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
