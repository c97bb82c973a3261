/** Another user of this machine, who serves a page on a port of their own and calls poptray with what browsers bring there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly cookies: readonly string[];
}

export interface Call {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface OtherUser {
  /** Of their server. */
  readonly url: string;
  /** All cookies that browsers sent to it so far. */
  cookies(): Promise<string[]>;
  /** From now on each reply of theirs sets these. */
  plant(setCookies: readonly string[]): Promise<void>;
  /** Made by their process; headers as they like. */
  call(call: Call): Promise<Answer>;
  /** Opens so many connections that say this and then wait; each that is closed is replaced by another, to the end of the test. */
  hold(held: { readonly port: number; readonly text: string; readonly count: number }): Promise<void>;
  /** So many requests like this one, as fast as they are answered; how many had which status. */
  flood(flood: Call & { readonly count: number }): Promise<Record<string, number>>;
  /** All that comes back for these bytes until the connection is closed. */
  send(sent: { readonly port: number; readonly text: string }): Promise<string>;
  /**
   * Until `endRace`: asks for each address of a one-time page that stands in the arguments of any program, as often and as soon as it
   * can.
   */
  race(): Promise<void>;
  /** How many addresses they have seen, and all that any of them was answered beside 404. */
  endRace(): Promise<{ readonly seen: number; readonly won: readonly string[] }>;
  /** Who they are to the system. */
  uid(): Promise<number>;
}

/** Whether tests can become somebody else: as root. */
export const CAN_BE_ANOTHER_USER = process.getuid?.() === 0;

const UID = 65_534;

/** Runs in plain Node as the other user: nothing of this repository is in their reach. */
const PROGRAM = `
const http = require('node:http');
const net = require('node:net');
const fs = require('node:fs');
let racing;
const { createInterface } = require('node:readline');
const cookies = new Set();
let planted = [];
const server = http.createServer((request, response) => {
  for (const pair of (request.headers.cookie ?? '').split('; ')) if (pair) cookies.add(pair);
  response.writeHead(200, { 'content-type': 'text/html', 'set-cookie': planted });
  response.end('<!doctype html><title>theirs</title><script>' +
    'Promise.all(["/ui/x", "/ui/api/x", "/ui/api/export"].map((path) => fetch(path))).then(() => { document.title = "done"; })' +
    '</script>');
});
const commands = {
  cookies: async () => [...cookies],
  uid: async () => process.getuid(),
  race: async () => {
    racing = { seen: new Set(), won: [] };
    const look = () => {
      if (!racing) return;
      for (const pid of fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name))) {
        let text = '';
        try { text = fs.readFileSync('/proc/' + pid + '/cmdline', 'latin1'); } catch {}
        const [url] = text.match(/http:\\/\\/127\\.0\\.0\\.1:\\d+\\/pop\\/[\\w-]+/) ?? [];
        if (!url) continue;
        racing.seen.add(url);
        const { won } = racing;
        const headers = { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
        commands.call({ url, headers }).then(({ status, body }) => { if (status !== 404 && status !== 0) won.push(status + ' ' + body); });
      }
      setTimeout(look, 1);
    };
    look();
  },
  endRace: async () => {
    const { seen, won } = racing;
    racing = undefined;
    return { seen: seen.size, won };
  },
  hold: async ({ port, text, count }) => {
    const open = () => new Promise((resolve) => {
      const socket = net.connect(port, '127.0.0.1', () => { socket.write(text); resolve(); });
      socket.on('error', resolve).on('close', () => setTimeout(open, 200)).resume();
    });
    for (let opened = 0; opened < count; opened += 50) await Promise.all(Array.from({ length: 50 }, open));
  },
  flood: async ({ count, ...request }) => {
    const statuses = {};
    const agent = new http.Agent({ keepAlive: true, maxSockets: 20 });
    const one = async () => {
      while (count-- > 0) {
        const { status } = await commands.call({ ...request, agent });
        statuses[status] = (statuses[status] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: 20 }, one));
    agent.destroy();
    return statuses;
  },
  send: ({ port, text }) => new Promise((resolve) => {
    let received = '';
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text));
    socket.setEncoding('latin1').on('data', (chunk) => { received += chunk; });
    socket.on('error', () => {}).on('close', () => resolve(received));
  }),
  plant: async (next) => { planted = next; },
  call: ({ url, method = 'GET', headers = {}, body, agent }) => new Promise((resolve) => {
    const request = http.request(url, { method, headers, agent }, (response) => {
      let text = '';
      const end = () => resolve({ status: response.statusCode, body: text, cookies: response.headers['set-cookie'] ?? [] });
      response.setEncoding('utf8').on('data', (chunk) => { text += chunk; if (text.includes(': here')) { end(); response.destroy(); } });
      response.on('end', end);
    });
    request.on('error', (error) => resolve({ status: 0, body: String(error), cookies: [] }));
    request.end(body);
  }),
};
createInterface({ input: process.stdin }).on('line', async (line) => {
  const { id, name, argument } = JSON.parse(line);
  console.log(JSON.stringify({ id, value: await commands[name](argument) ?? null }));
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ id: 0, value: server.address().port })));
`;

/** Ends with the test. */
export async function becomeOtherUser(): Promise<OtherUser> {
  const child = spawn(process.execPath, ['-e', PROGRAM], {
    uid: UID,
    gid: UID,
    cwd: '/',
    env: {},
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    if (child.exitCode === null) child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  const waiting = new Map<number, (value: never) => void>();
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const { id, value } = JSON.parse(line);
      waiting.get(id)?.(value as never);
      waiting.delete(id);
    }
  });
  const answerTo = <T>(id: number) =>
    new Promise<T>((resolve) => {
      waiting.set(id, resolve as (value: never) => void);
    });
  let last = 0;
  const command = <T>(name: string, argument: unknown = null): Promise<T> => {
    last += 1;
    const answer = answerTo<T>(last);
    child.stdin.write(`${JSON.stringify({ id: last, name, argument })}\n`);
    return answer;
  };
  const port = await answerTo<number>(0);
  return {
    url: `http://127.0.0.1:${port}/`,
    cookies: () => command('cookies'),
    plant: (setCookies) => command('plant', setCookies),
    call: (call) => command('call', call),
    hold: (held) => command('hold', held),
    flood: (flood) => command('flood', flood),
    send: (sent) => command('send', sent),
    race: () => command('race'),
    endRace: () => command('endRace'),
    uid: () => command('uid'),
  };
}
