/** The simulator with its agent desktop, and a platform's client that pops pages on it. */
import { createHmac, randomUUID } from 'node:crypto';
import type { LookAtFraming } from '../../main/agent-desktop/framing-looks.ts';
import { openDesktop } from '../../main/agent-desktop/open-desktop.ts';
import { probeFrames } from '../../main/compatibility/page-probe.ts';
import type { Clock } from '../../main/pipeline/ports.ts';
import { createSystemClock } from '../../main/platform/clock.ts';
import type { StaticFile } from '../../main/platform/static-files.ts';
import { createSimulator } from '../../main/simulator/simulator.ts';

export interface SimulatedDesktop extends AsyncDisposable {
  readonly baseUrl: string;
  /** The sample customer page. */
  readonly page: string;
  newLink(): string;
  /** Pops a page with this context; resolves with what the reply said of the focus. */
  pop(
    context?: Readonly<Record<string, string>>,
    over?: Readonly<Record<string, unknown>>,
  ): Promise<boolean | null>;
  stop(): Promise<void>;
  /** On the same port. */
  startAgain(): Promise<void>;
}

export interface SimulatedDesktopOptions {
  /** The pages. */
  readonly files: ReadonlyMap<string, StaticFile>;
  readonly clock?: Clock;
  readonly lookAtFraming?: LookAtFraming;
}

const USER = '3f2b1c8e-9a4d-4e6f-8b7a-1c2d3e4f5a6b';

/** On a free port. */
export async function startSimulatedDesktop({
  files,
  clock = createSystemClock(),
  lookAtFraming = (...look) => probeFrames(...look, new AbortController().signal, { env: {} }),
}: SimulatedDesktopOptions): Promise<SimulatedDesktop> {
  const desktop = openDesktop({ clock, files: () => files, lookAtFraming });
  const simulator = createSimulator({ signingSecret: 'signing', rateLimitPerMinute: 0, screen: desktop });
  const { baseUrl } = await simulator.start(0);
  desktop.listensAt(baseUrl);
  const page = desktop.samplePage() ?? '';
  const login = Buffer.from(`${simulator.clientId}:${simulator.clientSecret}`).toString('base64');
  const granted = await fetch(`${baseUrl}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${login}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=client_credentials',
  });
  const { access_token: token } = (await granted.json()) as { access_token: string };

  return {
    baseUrl,
    page,
    newLink: () => desktop.newLink() ?? '',
    async pop(context = {}, over = {}) {
      const fragment = Object.entries(context).map((entry) => entry.map(encodeURIComponent).join('='));
      const body = JSON.stringify({
        applicationId: 'com.example.customapp',
        uri: `${page}#${fragment.join('&')}`,
        state: { uiMode: 'focused', priority: 'high' },
        idempotencyKey: randomUUID(),
        ...over,
      });
      const reply = await fetch(`${baseUrl}/api/v2/users/${USER}/screenpops`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'idempotency-key': JSON.parse(body).idempotencyKey,
          'x-payload-signature': createHmac('sha256', 'signing').update(body).digest('base64'),
        },
        body,
      });
      if (reply.status !== 200)
        throw new Error(`the simulator answered ${reply.status}: ${await reply.text()}`);
      return ((await reply.json()) as { windowFocused: boolean | null }).windowFocused;
    },
    stop: () => simulator.stop(),
    async startAgain() {
      await simulator.start(Number(new URL(baseUrl).port));
    },
    [Symbol.asyncDispose]: () => simulator.stop(),
  };
}
