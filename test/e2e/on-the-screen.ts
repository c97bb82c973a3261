/** Pops in a real browser on a real desktop: poptray as it runs, and a page that tells what it was handed. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivateFile } from '../../main/platform/private-file.ts';
import { startHeadless } from '../cli/run.ts';
import { makeCertificates } from '../support/certificates.ts';
import type { DesktopSession } from '../support/desktop-session.ts';
import { becomeOtherUser } from '../support/other-user.ts';
import { serve } from '../support/servers.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN, USER } from '../support/test-app.ts';
import { createHappenings } from '../support/until.ts';

/** What the page that was shown says of itself once it is painted. */
export interface Sight {
  readonly name: string;
  readonly hash: string;
  readonly history: number;
  readonly referrer: string;
  readonly isFocused: boolean;
}

const HTML = `<!doctype html><title>customer</title><h1></h1><script>
const name = new URLSearchParams(location.hash.slice(1)).get('name');
document.querySelector('h1').textContent = name;
new PerformanceObserver((list, observer) => {
  observer.disconnect();
  const sight = { name, hash: location.hash, history: history.length, referrer: document.referrer, isFocused: document.hasFocus() };
  fetch('/sight', { method: 'POST', body: JSON.stringify(sight) });
}).observe({ type: 'paint', buffered: true });
</script>`;

export interface Answered {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export interface PopOnScreen {
  readonly dataDir: string;
  readonly url: string;
  /** Fires a trigger about this customer. */
  trigger(name: string, key?: string): Promise<Answered>;
  /** All pages that were painted so far. */
  readonly sights: readonly Sight[];
  /** Resolves when so many were. */
  untilPainted(count: number): Promise<void>;
  /** The origin of the page. */
  readonly target: string;
  kill(): Promise<unknown>;
  /** The same poptray once more, after it has ended. */
  restart(): Promise<PopOnScreen>;
}

/** A page about customers, and a poptray in the session that shows it; both end with the test. */
export async function startPops(session: DesktopSession, settings: object = {}): Promise<PopOnScreen> {
  const sights: Sight[] = [];
  const happenings = createHappenings();
  const target = await serve((request, response) => {
    if (request.method !== 'POST') {
      response.writeHead(200, { 'content-type': 'text/html' }).end(request.url === '/agent' ? HTML : '');
      return;
    }
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      sights.push(JSON.parse(text));
      response.end();
      happenings.tell();
    });
  }, makeCertificates().good);
  const dataDir = join(tempDir(), 'data');
  mkdirSync(dataDir, { mode: 0o700 });
  const all = {
    destinations: [{ id: 'here', kind: 'workstation' }],
    applications: [{ id: 'crm', baseUri: `${target}/agent`, allowedOrigins: [target] }],
    ...settings,
  };
  writePrivateFile(join(dataDir, 'settings.json'), JSON.stringify(all));
  const untilPainted = (count: number) =>
    happenings.until(
      () => sights.length >= count,
      () => `${sights.length} of ${count} painted`,
    );
  return start();

  async function start(): Promise<PopOnScreen> {
    const { child, ended, port } = await startHeadless({
      dataDir,
      env: { ...session.env, POPTRAY_TOKEN: TOKEN, POPTRAY_RATE_LIMIT: '0' },
    });
    const url = `http://127.0.0.1:${port}`;
    return {
      dataDir,
      url,
      target,
      sights,
      untilPainted,
      restart: start,
      async kill() {
        child.kill('SIGKILL');
        return ended;
      },
      async trigger(name, key) {
        const response = await fetch(`${url}/trigger-screenpop`, {
          method: 'POST',
          headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
          body: JSON.stringify({
            userId: USER,
            customerData: { name },
            ...(key !== undefined && { idempotencyKey: key }),
          }),
        });
        return { status: response.status, body: (await response.json()) as Record<string, unknown> };
      },
    };
  }
}

/** So many pops, while another user asks for all that stands in arguments; what that user has seen and got. */
export async function raceOtherUser(session: DesktopSession, rounds: number) {
  const pops = await startPops(session);
  const other = await becomeOtherUser();
  await other.race();
  for (let round = 1; round <= rounds; round += 1) {
    const { body } = await pops.trigger(`Ada ${round}`);
    if (body.status !== 'delivered') throw new Error(`pop ${round}: ${body.code}`);
    await pops.untilPainted(round);
  }
  return other.endRace();
}
