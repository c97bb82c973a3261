/** Asks a real Chromium whether it shows a page in a frame: serves the case and looks at the innermost frame. */
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import type { Frame } from 'playwright-core';
import { onTestFinished } from 'vitest';
import type { Framing } from '../../main/policy/framing.ts';
import { makeCertificates } from '../support/certificates.ts';
import { launchChromium } from '../support/launch-chromium.ts';

interface Page {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

/** The first byte of a TLS connection. */
const TLS_HANDSHAKE = 22;
const PLAIN = [
  ['Connection', 'close'],
  ['Cache-Control', 'no-store'],
  ['Content-Type', 'text/html'],
];
const LEAF = 'the page is shown';
/** Where a document of an opaque origin is served. */
const OPAQUE_HOST = 'opaque.test';

/** Chromium with every host and port on one server of this process; closed when the test has ended. */
export async function openChromiumFrames(): Promise<(framing: Framing) => Promise<string>> {
  const pages = new Map<string, Page>();
  const answer = ({ headers: { host }, url, socket }: IncomingMessage) => {
    const { status, headers, body } = pages.get(keyOf(host ?? '', url ?? '')) ?? {
      status: 404,
      headers: [],
      body: '',
    };
    const lines = [...headers, ...PLAIN].map(([name, value]) => `${name}: ${value}\r\n`);
    // By hand, because Node would refuse to send what some cases are about.
    socket.end(`HTTP/1.1 ${status} x\r\n${lines.join('')}\r\n${body}`, 'latin1');
  };
  const port = await serveBoth(answer);
  const browser = await launchChromium([`--host-resolver-rules=MAP * 127.0.0.1:${port}`]);
  onTestFinished(() => browser.close());
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const tab = await context.newPage();

  return async (framing) => {
    pages.clear();
    const entry = serveCase(framing, pages);
    await tab.goto(entry, { waitUntil: 'load' });
    let frame: Frame | undefined = tab.mainFrame();
    for (let depth = 0; depth < framing.ancestors.length; depth += 1) frame = frame?.childFrames()[0];
    const html = await frame?.content().catch(() => '');
    return html?.includes(LEAF) ? 'allowed' : 'blocked';
  };
}

/** Puts the page, its redirects and the frames around it onto the server; returns the URL of the top. */
function serveCase(
  { headers, pageUrl, ancestors, embedderHeaders, redirectChain }: Framing,
  pages: Map<string, Page>,
): string {
  const put = (url: string, page: Page) => {
    const { host, pathname, search } = new URL(url);
    pages.set(keyOf(host, `${pathname}${search}`), page);
    return url;
  };
  let next = put(pageUrl, { status: 200, headers, body: LEAF });
  for (const hop of [...(redirectChain ?? [])].reverse()) {
    next = put(hop.url, { status: 302, headers: [...hop.headers, ['Location', next]], body: '' });
  }
  for (const [depth, ancestor] of ancestors.entries()) {
    const isOpaque = ancestor === 'null';
    const origin = isOpaque ? `${new URL(pageUrl).protocol}//${OPAQUE_HOST}` : ancestor;
    const own = depth === 0 ? (embedderHeaders ?? []) : [];
    const sandbox = isOpaque ? [['Content-Security-Policy', 'sandbox allow-scripts'] as const] : [];
    const body = `<iframe src="${next.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"></iframe>`;
    next = put(`${origin}/frame-${depth}`, { status: 200, headers: [...own, ...sandbox], body });
  }
  return next;
}

/** The same whether a browser has upgraded the address or not. */
function keyOf(host: string, path: string): string {
  return `${host.replace(/:(80|443)$/, '')}${path}`;
}

/** Serves HTTP and HTTPS on one port; resolves with it. */
async function serveBoth(answer: (request: IncomingMessage) => void): Promise<number> {
  const plain = createHttpServer(answer);
  const secure = createHttpsServer(makeCertificates().good, answer);
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (first) => {
      socket.pause();
      socket.unshift(first);
      (first[0] === TLS_HANDSHAKE ? secure : plain).emit('connection', socket);
      process.nextTick(() => socket.resume());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    plain.closeAllConnections();
    secure.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}
