/** From the trigger's first byte to the changed page in a window of the tray application, on the stand-in for Electron. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Metric, median, quantile } from './figure.ts';
import { end, HEADERS, newFolder, sleep, startTray } from './processes.ts';

const ROUNDS = 50;
/** Before these, which count for nothing. */
const WARM_UP = 5;

/** When the fragment has changed is said on the clock of the system, which is that of this process. */
const HTML = `<!doctype html><title>customer</title><h1>A page about a customer</h1><script>
addEventListener('hashchange', () => {
  const at = performance.timeOrigin + performance.now();
  fetch('/changed', { method: 'POST', body: String(at) });
});
</script>`;

/** Throws without a Chromium. */
export async function benchWindow(say: (line: string) => void): Promise<Metric[]> {
  let tell = (_at: number) => {};
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html').end(request.method === 'POST' ? '' : HTML);
    request.on('data', (text: Buffer) => tell(Number(text)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folder = newFolder();
  const settings = {
    destinations: [{ id: 'here', kind: 'workstation', open: 'window' }],
    applications: [{ id: 'crm', baseUri: `${origin}/agent`, allowedOrigins: [origin] }],
  };
  writeFileSync(join(folder, 'settings.json'), JSON.stringify(settings), { mode: 0o600 });
  const tray = await startTray(folder);
  try {
    const times: number[] = [];
    const answers: number[] = [];
    for (let round = -WARM_UP; round < ROUNDS; round += 1) {
      const changed = new Promise<number>((resolve) => {
        tell = resolve;
      });
      const began = performance.timeOrigin + performance.now();
      const response = await fetch(`${tray.url}/trigger-screenpop`, {
        method: 'POST',
        headers: HEADERS,
        body: JSON.stringify({ userId: 'agent-1', customerData: { name: `n${round}` } }),
      });
      const answeredAt = performance.timeOrigin + performance.now();
      if (!response.ok) throw new Error(`the trigger was answered ${response.status}`);
      // The first of all pops makes the window.
      if (round === -WARM_UP) {
        await sleep(1000);
        continue;
      }
      const at = await changed;
      if (round < 0) continue;
      times.push(at - began);
      answers.push(answeredAt - began);
    }
    const [low, high] = [0.25, 0.75].map((share) => quantile(times, share).toFixed(0));
    say(`  window: ${median(times).toFixed(0)} ms, the middle half ${low} to ${high} ms, of ${times.length}`);
    const beside = `the answer after ${median(answers).toFixed(0)} ms`;
    return [{ name: 'window: fragment change', value: median(times), unit: 'ms', beside }];
  } finally {
    await end(tray);
    server.close();
    server.closeAllConnections();
  }
}
