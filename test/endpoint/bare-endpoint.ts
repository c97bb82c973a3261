/** The endpoint alone, over real sockets, with a pipeline that a test decides. */
import { onTestFinished } from 'vitest';
import { createOpenedPages } from '../../main/endpoint/opened-pages.ts';
import { createPairing } from '../../main/endpoint/pairing.ts';
import { type Endpoint, type EndpointOptions, startEndpoint } from '../../main/endpoint/server.ts';
import type { AuditLog } from '../../main/pipeline/ports.ts';
import { createSystemClock } from '../../main/platform/clock.ts';
import type { NewAuditEntry } from '../../shared/new-entry.ts';
import { SAMPLE_APPLICATION } from '../../shared/settings.ts';
import { createFakeBrowser } from '../support/fake-browser.ts';
import { TOKEN } from '../support/test-app.ts';

export interface BareEndpoint extends Endpoint {
  /** What was recorded, oldest first. */
  readonly recorded: NewAuditEntry[];
  /** Faults that were poptray's own. */
  readonly faults: unknown[];
}

type Handle = EndpointOptions['pipeline']['handle'];
type Limits = ReturnType<EndpointOptions['settings']>;

/** Listens on a free port until the test has ended; knows the token TOKEN of the client `test`. */
export async function startBareEndpoint(
  options: Partial<EndpointOptions> & Partial<Limits> & { handle?: Handle } = {},
): Promise<BareEndpoint> {
  const recorded: NewAuditEntry[] = [];
  const faults: unknown[] = [];
  const audit: AuditLog = {
    append: async (entry) => {
      recorded.push(entry);
      return {
        ...entry,
        seq: recorded.length,
        timestamp: '2026-11-23T12:00:00.000Z',
        boot: '',
        uptimeMs: 0,
        keyId: '',
      };
    },
  };
  const {
    handle = async () => ({ body: '{}', replayed: false }),
    rateLimit = 0,
    browserOrigins = [],
    ...rest
  } = options;
  const endpoint = await startEndpoint({
    port: 0,
    settings: () => ({ rateLimit, browserOrigins, applications: [SAMPLE_APPLICATION] }),
    identify: (token) => (token === TOKEN ? 'test' : undefined),
    prove: () => [],
    isPaired: () => false,
    pairing: createPairing({ checkName() {}, create: () => '' }, createSystemClock(), () => {}),
    isOwnPeer: () => true,
    openedPages: createOpenedPages(createFakeBrowser()),
    pipeline: { handle, idle: async () => {}, underWay: () => 0 },
    unready: () => [],
    metrics: { text: async () => 'up 1\n', contentType: 'text/plain' },
    examine: async () => [],
    deadLetters: { list: () => [], resend: async () => false },
    record: async () => {},
    findSession: () => undefined,
    ui: {
      files: new Map(),
      csp: '',
      sessions: {
        newCode: () => '',
        redeem: () => undefined,
        knows: () => false,
        attend: () => () => {},
      },
      command: { call: async () => ({}) },
      dashboard: { call: async () => ({}), subscribe: () => () => {}, async *exportLog() {} },
    },
    clock: createSystemClock(),
    audit,
    onFault: (error) => faults.push(error),
    ...rest,
  });
  onTestFinished(() => endpoint.stop());
  return { ...endpoint, recorded, faults };
}
