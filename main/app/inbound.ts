/** Where callers and people come in: the endpoint, and the dashboard. */
import packageJson from '../../package.json' with { type: 'json' };
import type { ChangeFacts } from '../../shared/change.ts';
import { sessionIdOf } from '../../shared/session-secret.ts';
import { createDashboard, type DashboardDeps, type OpenDashboard } from '../api/create-api.ts';
import { COMMAND_CLIENT, type LocalTokens } from '../endpoint/local-tokens.ts';
import type { OpenedPages } from '../endpoint/opened-pages.ts';
import { createPairing, type PairingEnd } from '../endpoint/pairing.ts';
import type { RouteDeps } from '../endpoint/routes.ts';
import { type Endpoint, startEndpoint } from '../endpoint/server.ts';
import { isOwnPeer } from '../platform/own-peer.ts';
import { createSessions, type OpenedSession } from '../platform/sessions.ts';
import { DASHBOARD_CSP, type StaticFile } from '../platform/static-files.ts';
import type { AuditServices } from './audit-services.ts';
import type { RuntimeConfig } from './runtime-config.ts';

export interface InboundDeps
  extends Omit<
    DashboardDeps,
    'version' | 'addresses' | 'portInsteadOf' | 'pairing' | 'sessions' | 'onFault'
  > {
  readonly runtimeConfig: RuntimeConfig;
  readonly auditServices: AuditServices;
  readonly localTokens: LocalTokens;
  /** Whether any other port will do where that of the settings cannot be had. */
  readonly isPortFree?: boolean | undefined;
  /** The built dashboard; where there is none `/ui/` is not found. */
  readonly files: ReadonlyMap<string, StaticFile>;
  readonly openedPages: OpenedPages;
  /** Looks at all that a pop needs. */
  readonly examine: RouteDeps['examine'];
  readonly onFault: (event: string) => (error: unknown) => void;
}

export interface Inbound {
  readonly endpoint: Endpoint;
  readonly dashboard: OpenDashboard;
  /** The same for a caller whose pops stand in the log under a name of their own. */
  dashboardFor(client: string): OpenDashboard;
  /** The path of a one-time link to the dashboard. */
  newLink(): string;
}

/** Listens; throws PortTaken. */
export async function openInbound(deps: InboundDeps): Promise<Inbound> {
  const {
    auditServices,
    runtimeConfig,
    clock,
    pipeline,
    localTokens,
    deadLetters,
    files,
    openedPages,
    isPortFree,
    record,
    onFault,
  } = deps;
  const pairing = createPairing(localTokens, clock, (end) => {
    dashboard.tell({ type: 'pairing', ...end });
    void record({ client: end.name, by: null }, pairingChange(end));
  });
  let listening: Pick<Endpoint, 'addresses' | 'insteadOf'> = { addresses: [], insteadOf: null };
  const sessions = createSessions(clock);
  const dashboardDeps: DashboardDeps = {
    ...deps,
    sessions,
    version: packageJson.version,
    addresses: () => listening.addresses,
    portInsteadOf: () => listening.insteadOf,
    pairing,
    onFault: onFault('dashboard fault'),
  };
  const dashboard = createDashboard(dashboardDeps);
  auditServices.addSubscriber((entry) => dashboard.tell({ type: 'entry', entry }));
  auditServices.onNews(dashboard.tellStatus);

  /** On record, and so is what the session does. */
  function redeem(code: string, browser: string): OpenedSession | undefined {
    const session = sessions.redeem(code, browser);
    if (session) {
      const by = `session ${sessionIdOf(session.secret)}`;
      void record({ client: 'dashboard', by }, { subject: 'session', action: 'opened', name: browser });
    }
    return session;
  }
  const endpoint = await startEndpoint({
    port: runtimeConfig.current.settings.port,
    isPortFree,
    settings: () => runtimeConfig.current.settings,
    identify: (token) => localTokens.identify(token),
    isPaired: (origin) => localTokens.isPaired(origin),
    prove: (port, nonce) => localTokens.prove(port, nonce),
    pairing,
    isOwnPeer,
    openedPages,
    pipeline,
    unready: auditServices.unready,
    metrics: auditServices.metrics,
    deadLetters,
    examine: deps.examine,
    ui: {
      files,
      csp: DASHBOARD_CSP,
      sessions: { ...sessions, redeem },
      dashboard,
      command: createDashboard(dashboardDeps, COMMAND_CLIENT),
    },
    record,
    findSession: sessions.find,
    clock,
    audit: auditServices.audit,
    onFault: onFault('endpoint fault'),
  });
  listening = endpoint;
  openedPages.listenAt(endpoint.addresses[0] ?? '');
  runtimeConfig.subscribe(dashboard.tellStatus);

  return {
    endpoint,
    dashboard,
    dashboardFor: (client) => createDashboard(dashboardDeps, client),
    newLink: () => `/ui/open?code=${sessions.newCode()}`,
  };
}

function pairingChange({ outcome, name, origin }: PairingEnd): ChangeFacts {
  const after = URL.parse(origin ?? '')?.host;
  return { subject: 'pairing', action: outcome, name, hosts: after ? { before: [], after: [after] } : null };
}
