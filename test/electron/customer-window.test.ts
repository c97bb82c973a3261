/** Pages of customers in windows of the built product: pages of a real Chromium, on the stand-in for Electron. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { makeCertificates } from '../support/certificates.ts';
import { HAS_NO_CHROMIUM } from '../support/chromium-there.ts';
import { nobody, serve } from '../support/servers.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN } from '../support/test-app.ts';
import { type Desktop, startDesktop } from './driver.ts';
import { buildRoot, removeRoot } from './root.ts';

vi.setConfig({ testTimeout: 60_000 });

let root: string;
beforeAll(async () => {
  root = await buildRoot('main/index.ts', 'real');
}, 60_000);
afterAll(() => removeRoot(root));

const PAGE = `<!doctype html><title>customer</title><input id="note"><a id="out" href="https://elsewhere.invalid/">out</a>
<script>loads = (window.name = String(Number(window.name) + 1))</script>`;

interface Answer {
  readonly status: number;
  readonly body: { status?: string | number; code?: string; detail?: string; windowFocused?: boolean | null };
}

interface Desk {
  readonly desktop: Desktop;
  readonly dataDir: string;
  readonly site: string;
  fire(trigger: object): Promise<Answer>;
  windows(): ReturnType<typeof windowsOf>;
  /** All that poptray has written and said. */
  said(): string;
}

const windowsOf = (desktop: Desktop) => desktop.do('customerWindows');

/** A site with a page for every path, and a poptray that shows it in windows. */
async function open({
  page = (_request: IncomingMessage, response: ServerResponse) => void response.end(PAGE),
  destination = {},
  applications = (site: string): object[] => [{ id: 'crm', baseUri: `${site}/agent` }],
  settings = {},
} = {}): Promise<Desk> {
  const site = await serve((request, response) => {
    response.setHeader('content-type', 'text/html');
    page(request, response);
  });
  const dataDir = join(tempDir(), 'data');
  mkdirSync(dataDir, { mode: 0o700 });
  writeFileSync(
    join(dataDir, 'settings.json'),
    JSON.stringify({
      destinations: [{ id: 'here', kind: 'workstation', open: 'window', ...destination }],
      applications: applications(site).map((one) => ({
        allowedOrigins: [URL.parse((one as { baseUri: string }).baseUri)?.origin],
        framing: { mode: 'off' },
        ...one,
      })),
      ...settings,
    }),
    { mode: 0o600 },
  );
  const desktop = await startDesktop({
    root,
    dataDir,
    args: ['--port', '0', '--hidden'],
    env: { POPTRAY_TOKEN: TOKEN, POPTRAY_RATE_LIMIT: '0', DISPLAY: ':0', NODE_NO_WARNINGS: '0' },
  });
  const { port } = JSON.parse(readFileSync(join(dataDir, 'endpoint.json'), 'utf8'));
  return {
    desktop,
    dataDir,
    site,
    windows: () => windowsOf(desktop),
    said: () => readFileSync(join(dataDir, 'logs/poptray.log'), 'utf8') + desktop.complaints(),
    async fire(trigger) {
      const response = await fetch(`http://127.0.0.1:${port}/trigger-screenpop`, {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
        body: JSON.stringify({ userId: 'agent-1', ...trigger }),
      });
      return { status: response.status, body: (await response.json()) as Answer['body'] };
    },
  };
}

const about = (name: string) => ({ customerData: { name } });

describe.skipIf(HAS_NO_CHROMIUM)('a page in a window', () => {
  test('is there with its context, delivered with the time it took, above the others and without the keyboard', async () => {
    const { fire, windows, desktop, site, dataDir } = await open();
    const { status, body } = await fire(about('Ada'));
    expect([status, body.status, body.windowFocused]).toEqual([200, 'delivered', false]);
    expect(await windows()).toMatchObject([
      {
        url: `${site}/agent#name=Ada`,
        isShown: true,
        isFocused: false,
        isFlashing: true,
        comings: ['showInactive', 'moveTop'],
        hasNotice: false,
      },
    ]);
    expect(await desktop.do('inCustomer', 0, 'location.hash')).toBe('#name=Ada');
    const { entries } = (
      (await desktop.do('invokeFrom', 'app://poptray/', 'page', 'poptray:call', [
        'auditQuery',
        { filter: { types: ['result'] }, offset: 0, limit: 5 },
      ])) as { value: { entries: { endpoint: string; phases: { shown: number } }[] } }
    ).value;
    expect(entries[0]).toMatchObject({ endpoint: 'window', phases: { shown: expect.any(Number) } });
    expect(readFileSync(join(dataDir, 'shown-keys'), 'utf8')).toMatch(/^[\w-]{43} 0\n$/);
  });

  test('changes without a reload where only the fragment differs: what was typed stays', async () => {
    const { fire, windows, desktop } = await open();
    await fire(about('Ada'));
    await desktop.do('typeInto', 0, '#note', 'wants a refund');
    expect((await fire(about('Bob'))).body.status).toBe('delivered');
    expect(await desktop.do('inCustomer', 0, '[location.hash, loads, note.value].join()')).toBe(
      '#name=Bob,1,wants a refund',
    );
    // The same once more: nothing is to be changed.
    expect((await fire(about('Bob'))).body.status).toBe('delivered');
    expect(await desktop.do('inCustomer', 0, '[location.hash, loads, note.value].join()')).toBe(
      '#name=Bob,1,wants a refund',
    );
    expect(await windows()).toHaveLength(1);
  });

  test('is another one in the same window where more differs; another application has a window and a session of its own', async () => {
    const { fire, windows, desktop, site } = await open({
      applications: (at) =>
        [
          { id: 'crm', target: `${at}/agent/{id}`, exposes: ['id'], baseUri: undefined },
          { id: 'CRM', baseUri: `${at}/other` },
        ].map((one) => ({ ...one, allowedOrigins: [at] })),
    });
    await fire({ customerData: { id: '1' } });
    await desktop.do('inCustomer', 0, 'document.cookie = "who=agent; path=/"');
    await fire({ customerData: { id: '2' } });
    await fire({ application: 'CRM' });
    expect(await windows()).toMatchObject([{ url: `${site}/agent/2` }, { url: `${site}/other` }]);
    expect(await desktop.do('inCustomer', 0, 'document.cookie')).toBe('who=agent');
    expect(await desktop.do('inCustomer', 1, 'document.cookie')).toBe('');
    expect(new Set((await windows()).map(({ partition }) => partition)).size).toBe(2);
    expect((await windows()).every(({ partition }) => !partition.startsWith('persist:'))).toBe(true);
  });

  test.each([404, 500, 503])('whose server answers %i is not shown, with the status', async (status) => {
    for (const text of ['not today', '']) {
      const { fire, windows, desktop } = await open({
        page: (_request, response) => void response.writeHead(status).end(text),
      });
      const { body } = await fire(about('Ada'));
      expect([body.code, body.detail]).toEqual([
        'not_shown',
        `the page’s server answers with status ${status}`,
      ]);
      expect(await windows()).toMatchObject([{ isShown: true, hasNotice: true }]);
      expect(await desktop.do('noticeText', 0)).toMatch(
        new RegExp(`status ${status}\\.Try againOpen in browser`),
      );
    }
  });

  test.each<[string, () => Promise<string>, RegExp]>([
    ['whose server is not known', async () => 'https://crm.pops.test', /DNS.*ERR_NAME_NOT_RESOLVED/],
    [
      'whose certificate nobody knows',
      () => serve((_, response) => void response.end(PAGE), makeCertificates().good),
      /certificate.*ERR_CERT_AUTHORITY_INVALID/,
    ],
    ['whose server refuses', nobody, /refuses the connection \(ERR_CONNECTION_REFUSED\)/],
    [
      'that is a download',
      () =>
        serve((_, response) => {
          response.writeHead(200, { 'content-disposition': 'attachment; filename=a.txt' }).end('a');
        }),
      /nothing that can be shown/,
    ],
    [
      'that leads elsewhere',
      () =>
        serve((_, response) => void response.writeHead(302, { location: 'https://evil.example/x' }).end()),
      /leads to https:\/\/evil\.example, which is neither/,
    ],
  ])('%s is not shown, told as what it is, and never by its address', async (_what, server, detail) => {
    const baseUri = `${await server()}/agent`;
    const { fire, windows, said } = await open({ applications: () => [{ id: 'crm', baseUri }] });
    const { body } = await fire(about('Lovelace'));
    expect([body.code, body.detail]).toEqual(['not_shown', expect.stringMatching(detail)]);
    expect(await windows()).toMatchObject([{ hasNotice: true }]);
    expect(JSON.stringify(body) + said()).not.toMatch(/Lovelace|\/agent/);
  });
});
