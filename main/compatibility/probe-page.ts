/** Looks at a page that pops show, and judges it. */
import type { FramingSettings } from '../../shared/framing.ts';
import type { Proxies } from '../network/proxies.ts';
import { type TargetVerdict, targetVerdict } from '../policy/target-verdict.ts';
import { lookAtPage } from './page-probe.ts';

export interface Target {
  readonly page: string;
  /** Where its redirects may lead. */
  readonly origins: readonly string[];
  /** The origin of the page around it. */
  readonly embedder: string;
  readonly directives: FramingSettings['directives'];
}

/** Never rejects: a page that cannot be looked at has the verdict "unknown". */
export async function probePage(
  target: Target,
  stopping: AbortSignal,
  proxies?: Proxies,
): Promise<TargetVerdict> {
  const look = await lookAtPage(target.page, target.origins, stopping, { proxies });
  return targetVerdict(look, target.embedder, target.directives);
}
