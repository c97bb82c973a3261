/** Ring to page: how long after a trigger a person sees the page, beside the barest ways to open one. */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type DesktopSession, HAS_DESKTOP, openDesktopSession } from '../support/desktop-session.ts';
import { type Metric, median, quantile } from './figure.ts';
import { end, HEADERS, newFolder, sleep, startPoptray } from './processes.ts';

const ROUNDS = 25;
/** Before these, each way has been gone this often, which counts for nothing. */
const WARM_UP = 3;

/** When it was painted is said on the clock of the system, which is that of this process. */
const HTML = `<!doctype html><title>customer</title><h1>A page about a customer</h1><script>
new PerformanceObserver((list, observer) => {
  observer.disconnect();
  const at = performance.timeOrigin + list.getEntries()[0].startTime;
  fetch('/painted', { method: 'POST', body: JSON.stringify({ hash: location.hash, at }) });
}).observe({ type: 'paint', buffered: true });
</script>`;

interface Target {
  readonly url: string;
  /** When the page with that fragment was painted, in epoch milliseconds. */
  painted(name: string): Promise<number>;
  close(): void;
}

/** In turns: the pop in the browser, `xdg-open`, and a tab by the browser's own commands. Throws without a desktop. */
export async function benchShown(say: (line: string) => void): Promise<Metric[]> {
  if (!HAS_DESKTOP) throw new Error('needs chromium, xvfb, openbox, x11-utils, xdotool and xdg-utils');
  const session = await openDesktopSession();
  const target = await serveTarget();
  try {
    const folder = newFolder();
    const application = { id: 'crm', baseUri: target.url, allowedOrigins: [new URL(target.url).origin] };
    const settings = { destinations: [{ id: 'here', kind: 'workstation' }], applications: [application] };
    writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings), { mode: 0o600 });
    const poptray = await startPoptray({ ...session.env }, folder);
    await session.warmUp();
    const ways: Record<string, (name: string) => unknown> = {
      pop: (name) =>
        fetch(`${poptray.url}/trigger-screenpop`, {
          method: 'POST',
          headers: HEADERS,
          body: JSON.stringify({ userId: 'agent-1', customerData: { name } }),
        }),
      'xdg-open': (name) =>
        spawn('xdg-open', [`${target.url}#name=${name}`], { env: session.env, stdio: 'ignore' }),
      'a tab': (name) =>
        fetch(`${session.devTools()}/json/new?${encodeURIComponent(`${target.url}#name=${name}`)}`, {
          method: 'PUT',
        }),
    };
    const times: Record<string, number[]> = { pop: [], 'xdg-open': [], 'a tab': [] };
    for (let round = -WARM_UP; round < ROUNDS; round += 1) {
      for (const [way, open] of Object.entries(ways)) {
        const name = `${way.replace(/\W/g, '')}-${round + WARM_UP}`;
        const painted = target.painted(name);
        const began = performance.timeOrigin + performance.now();
        await open(name);
        const ms = (await painted) - began;
        if (round >= 0) times[way]?.push(ms);
        await closeTabs(session, target.url);
        await sleep(300);
      }
    }
    await end(poptray);
    return figures(times, say);
  } finally {
    target.close();
    await session.stop();
  }
}

function figures(times: Readonly<Record<string, number[]>>, say: (line: string) => void): Metric[] {
  const { pop = [], 'xdg-open': bare = [], 'a tab': tab = [] } = times;
  for (const [way, all] of Object.entries(times)) {
    const [low, high] = [0.25, 0.75].map((share) => quantile(all, share).toFixed(0));
    say(`  ${way}: ${median(all).toFixed(0)} ms, the middle half ${low} to ${high} ms, of ${all.length}`);
  }
  const pairs = pop.map((ms, round) => ms / (bare[round] ?? Number.NaN));
  say(`  the pop, of the bare opening of its round: ${median(pairs).toFixed(2)} in the middle`);
  const beside = `xdg-open ${median(bare).toFixed(0)} ms, a tab ${median(tab).toFixed(0)} ms`;
  return [
    { name: 'ring to page in the browser', value: median(pop), unit: 'ms', beside },
    { name: 'ring to page, of a bare opening', value: median(pop) / median(bare), unit: 'x' },
  ];
}

async function closeTabs(session: DesktopSession, url: string): Promise<void> {
  const response = await fetch(`${session.devTools()}/json/list`);
  const tabs = (await response.json()) as { id: string; url: string }[];
  const ours = tabs.filter((tab) => tab.url.startsWith(url));
  await Promise.all(ours.map(({ id }) => fetch(`${session.devTools()}/json/close/${id}`)));
}

async function serveTarget(): Promise<Target> {
  const waiting = new Map<string, (at: number) => void>();
  const server = createServer(makeCertificate(), (request, response) => {
    if (request.method !== 'POST') {
      response.writeHead(200, { 'content-type': 'text/html' }).end(request.url === '/agent' ? HTML : '');
      return;
    }
    request.on('data', (text) => {
      const { hash, at } = JSON.parse(text) as { hash: string; at: number };
      waiting.get(new URLSearchParams(hash.slice(1)).get('name') ?? '')?.(at);
    });
    request.on('end', () => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/agent`,
    painted: (name) =>
      new Promise((resolve) => {
        waiting.set(name, resolve);
      }),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function makeCertificate(): { key: Buffer; cert: Buffer } {
  const cwd = newFolder();
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const files = ['-keyout', 'key.pem', '-out', 'cert.pem', '-subj', '/CN=customer'];
  execFileSync('openssl', ['req', '-x509', ...kind, ...files], { cwd, stdio: 'ignore' });
  return { key: readFileSync(join(cwd, 'key.pem')), cert: readFileSync(join(cwd, 'cert.pem')) };
}
