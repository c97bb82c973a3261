/** The agent desktop as the simulator gets it: a screen for its pops, with pages at its address. */
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../pipeline/ports.ts';
import { createSessions } from '../platform/sessions.ts';
import type { StaticFile } from '../platform/static-files.ts';
import { type AgentDesktop, createAgentDesktop } from './agent-desktop.ts';
import type { LookAtFraming } from './framing-looks.ts';
import { CUSTOMER_PATH, desktopLink, desktopRoutes } from './routes.ts';

export interface DesktopDeps {
  readonly clock: Clock;
  /** What `npm run build` made of renderer/. */
  readonly files: () => ReadonlyMap<string, StaticFile>;
  /** Without it nobody looks whether pages may be framed. */
  readonly lookAtFraming?: LookAtFraming;
}

export interface OpenDesktop extends Pick<AgentDesktop, 'show'> {
  routes(scope: FastifyInstance): Promise<void>;
  /** To be told once its server listens. */
  listensAt(baseUrl: string): void;
  /** A new one-time link; null before it listens, and where its pages were not built. */
  newLink(): string | null;
  /** The address of the sample customer page; null where there is none. */
  samplePage(): string | null;
}

export function openDesktop({ clock, files, lookAtFraming }: DesktopDeps): OpenDesktop {
  let base: string | undefined;
  const sessions = createSessions(clock);
  const desktop = createAgentDesktop({ clock, lookAtFraming, origin: () => base ?? '' });
  const at = (path: () => string) => (base === undefined || files().size === 0 ? null : base + path());
  return {
    show: desktop.show,
    routes: (scope) => desktopRoutes({ desktop, sessions, files: files() })(scope),
    listensAt(baseUrl) {
      base = baseUrl;
    },
    newLink: () => at(() => desktopLink(sessions)),
    samplePage: () => at(() => CUSTOMER_PATH),
  };
}
