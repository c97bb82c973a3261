/** Pages of customers in windows of the built product: pages of a real Chromium, on the stand-in for Electron. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { makeCertificates } from '../support/certificates.ts';
import { HAS_NO_CHROMIUM } from '../support/chromium-there.ts';
import { nobody, serve } from '../support/servers.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN } from '../support/test-app.ts';
import { type Desktop, startDesktop } from './driver.ts';
import { eventually } from './eventually.ts';
import { buildRoot, removeRoot } from './root.ts';

vi.setConfig({ testTimeout: 60_000 });

let root: string;
beforeAll(async () => {
  root = await buildRoot('main/index.ts', 'real');
}, 60_000);
afterAll(() => removeRoot(root));

const PAGE = `<!doctype html><title>customer</title><input id="note"><a id="out" href="https://elsewhere.invalid/">out</a>
<script>loads = (window.name = String(Number(window.name) + 1))</script>`;

const UNSAVED = `${PAGE}<script>addEventListener('beforeunload', (event) => event.preventDefault())</script>`;

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
  /** What the browser was opened on, line by line. */
  browser(): string;
  /** All that poptray has written and said. */
  said(): string;
}

/** As a browser asks for it that was opened on it; `fetch` would say that a script does. */
function bodyAt(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, (response) => text(response).then(resolve, reject)).on('error', reject);
  });
}

/** A pop is delivered when its page is there, which is before all of its scripts have run. */
function untilLoaded(desktop: Desktop, at = 0) {
  return eventually(() => desktop.do('inCustomer', at, 'document.readyState')).toBe('complete');
}

const windowsOf = (desktop: Desktop) => desktop.do('customerWindows');

/** A site with a page for every path, and a poptray that shows it in windows. */
async function open({
  page = (_request: IncomingMessage, response: ServerResponse) => void response.end(PAGE),
  destination = {},
  applications = (site: string): object[] => [{ id: 'crm', baseUri: `${site}/agent` }],
  settings = {},
  env = {} as Readonly<Record<string, string>>,
  before = undefined as string | undefined,
} = {}): Promise<Desk> {
  const site = await serve((request, response) => {
    response.setHeader('content-type', 'text/html');
    page(request, response);
  });
  const dataDir = before ?? join(tempDir(), 'data');
  if (before === undefined) mkdirSync(dataDir, { mode: 0o700 });
  const programs = tempDir();
  const opener = join(programs, 'xdg-open');
  writeFileSync(opener, `#!/bin/sh\necho "$1" >> ${join(programs, 'opened')}\n`);
  chmodSync(opener, 0o755);
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
    env: {
      POPTRAY_TOKEN: TOKEN,
      POPTRAY_RATE_LIMIT: '0',
      DISPLAY: ':0',
      NODE_NO_WARNINGS: '0',
      PATH: `${programs}:${process.env.PATH}`,
      ...env,
    },
  });
  const { port } = JSON.parse(readFileSync(join(dataDir, 'endpoint.json'), 'utf8'));
  return {
    desktop,
    dataDir,
    site,
    windows: () => windowsOf(desktop),
    browser: () =>
      existsSync(join(programs, 'opened')) ? readFileSync(join(programs, 'opened'), 'utf8') : '',
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

/** A page for each customer, of which each holds unsaved work or none does. */
const byId = (at: string) => [
  { id: 'crm', target: `${at}/agent/{id}`, exposes: ['id'], baseUri: undefined, allowedOrigins: [at] },
];
const customer = (id: number) => ({ customerData: { id: String(id) } });
const unsaved = (_request: IncomingMessage, response: ServerResponse) => void response.end(UNSAVED);

describe.skipIf(HAS_NO_CHROMIUM)('unsaved work', () => {
  test('is never thrown away by a pop: that gets a second window, and the browser where there may be no more', async () => {
    const { fire, windows, desktop, site, browser } = await open({
      page: unsaved,
      applications: byId,
      destination: { maxOpen: 2 },
    });
    await fire(customer(1));
    await desktop.do('typeInto', 0, '#note', 'half a sentence');
    expect((await fire(customer(2))).body.status).toBe('delivered');
    expect(await windows()).toMatchObject([{ url: `${site}/agent/1` }, { url: `${site}/agent/2` }]);
    await untilLoaded(desktop, 1);

    const third = fire(customer(3));
    await eventually(browser).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/pop\/[\w-]{22}\n$/);
    const url = browser().trim();
    const [, secret = ''] = /secret: '([\w-]+)'/.exec(await bodyAt(url)) ?? [];
    const shown = await fetch(`${url}/shown`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ secret, isFocused: true }),
    });
    expect(await shown.json()).toEqual({ outcome: 'show', target: `${site}/agent/3` });
    expect((await third).body).toMatchObject({ status: 'delivered', windowFocused: true });
    expect(await desktop.do('inCustomer', 0, 'note.value')).toBe('half a sentence');
    expect(await windows()).toHaveLength(2);
  });

  test('is asked about when the agent closes the window, and keeps no quit waiting', async () => {
    const { fire, windows, desktop } = await open({ page: unsaved });
    await fire(about('Ada'));
    await untilLoaded(desktop);
    const closeWith = async (button: number) => {
      const { length } = await desktop.do('questions');
      await desktop.do('answer', button);
      await desktop.do('closeCustomer', 0);
      await eventually(() => desktop.do('questions')).toHaveLength(length + 1);
    };
    await closeWith(0);
    expect(await windows()).toHaveLength(1);
    expect((await desktop.do('questions')).at(-1)).toMatchObject({
      message: 'This page holds unsaved work.',
      parent: 'visible',
    });
    await closeWith(1);
    await eventually(windows).toEqual([]);
    await fire(about('Bob'));
    desktop.do('quit').catch(() => {});
    expect(await desktop.ended).toBe(0);
  });

  test('of another application keeps its window; one without makes room', async () => {
    const { fire, windows, desktop, site } = await open({
      page: (request, response) => void response.end(request.url === '/a' ? UNSAVED : PAGE),
      applications: (at) => ['a', 'b', 'c'].map((id) => ({ id, baseUri: `${at}/${id}` })),
      destination: { maxOpen: 2 },
    });
    await fire({ application: 'a' });
    await untilLoaded(desktop);
    for (const application of ['b', 'c']) expect((await fire({ application })).status).toBe(200);
    expect(await windows()).toMatchObject([{ url: `${site}/a` }, { url: `${site}/c` }]);
  });
});

describe.skipIf(HAS_NO_CHROMIUM)('a window comes up', () => {
  test('to the front where that is wished for and the system lets it, and says what has become of it', async () => {
    const { fire, windows, desktop } = await open({ destination: { focus: 'front' } });
    expect((await fire(about('Ada'))).body.windowFocused).toBe(true);
    expect(await windows()).toMatchObject([{ isFocused: true, isFlashing: false }]);
    await desktop.do('keepFocus', true);
    await desktop.do('closeCustomer', 0);
    await eventually(windows).toEqual([]);
    expect((await fire(about('Bob'))).body).toMatchObject({ status: 'delivered', windowFocused: false });
    expect(await windows()).toMatchObject([{ isShown: true, isFocused: false }]);
  });

  test('behind, with a notice that brings it up; one in which the agent types stays where it is', async () => {
    const { fire, windows, desktop } = await open({ destination: { focus: 'none' } });
    expect((await fire(about('Ada'))).body.windowFocused).toBe(false);
    expect(await windows()).toMatchObject([{ isMinimized: true }]);
    await eventually(() => desktop.do('notices')).toEqual([
      { title: 'A page is ready', body: 'For a call, in crm.' },
    ]);
    await desktop.do('clickNotice', 0);
    await eventually(windows).toMatchObject([{ isMinimized: false, isFocused: true }]);
    expect((await fire(about('Bob'))).body.windowFocused).toBe(true);
    expect(await desktop.do('notices')).toHaveLength(1);
  });

  test('on Wayland with a notice, because nothing puts it above others there', async () => {
    const { fire, windows, desktop } = await open({ env: { XDG_SESSION_TYPE: 'wayland' } });
    expect((await fire(about('Ada'))).body.windowFocused).toBe(false);
    expect(await windows()).toMatchObject([{ isShown: true, isFlashing: false }]);
    await eventually(() => desktop.do('notices')).toHaveLength(1);
  });

  test('where it was, for each arrangement of displays, and within what can be seen; nothing of the page is kept', async () => {
    const { fire, windows, desktop, dataDir, site } = await open();
    await fire(about('Ada'));
    const place = { x: 900, y: 200, width: 700, height: 500 };
    await desktop.do('moveCustomer', 0, place);
    const file = () => readFileSync(join(dataDir, 'windows.json'), 'utf8');
    await eventually(file).toContain('900');
    const reopened = async () => {
      await desktop.do('closeCustomer', 0);
      await eventually(windows).toEqual([]);
      await fire(about('Bob'));
      return (await windows())[0]?.bounds;
    };
    expect(await reopened()).toEqual(place);
    await desktop.do('arrangeDisplays', [{ x: 0, y: 0, width: 800, height: 600 }]);
    expect(await reopened()).toMatchObject({ width: 1100, height: 760 });
    await desktop.do('arrangeDisplays', [{ x: 0, y: 0, width: 1920, height: 1080 }]);
    expect(await reopened()).toEqual(place);
    expect(file()).not.toMatch(new RegExp(`Ada|Bob|${URL.parse(site)?.port}|agent`));
  });
});

describe.skipIf(HAS_NO_CHROMIUM)('the end of a call', () => {
  const ring = { interactionId: 'call-1', phase: 'ringing', ...about('Ada') };

  test('that was not answered here closes a window that nobody has touched', async () => {
    const { fire, windows } = await open();
    await fire(ring);
    expect(await windows()).toHaveLength(1);
    await fire({ ...ring, phase: 'ended' });
    await eventually(windows).toEqual([]);
  });

  test('says so in one that the agent has used, beside the page', async () => {
    const { fire, windows, desktop } = await open();
    await fire(ring);
    await desktop.do('typeInto', 0, '#note', 'a note');
    await fire({ ...ring, phase: 'ended' });
    await eventually(windows).toMatchObject([{ hasNotice: true }]);
    expect(await desktop.do('noticeText', 0)).toMatch(/^Answered elsewhere/);
    expect(await desktop.do('inCustomer', 0, 'note.value + document.title')).toBe('a notecustomer');
    await desktop.do('clickInNotice', 0, 'Dismiss');
    await eventually(windows).toMatchObject([{ hasNotice: false }]);
  });

  test.each([['in time'], ['overtaken by its end']])(
    'leaves the page of one that was answered, %s',
    async (how) => {
      const { fire, windows } = await open();
      await fire(ring);
      const phases = how === 'in time' ? ['answered', 'ended'] : ['ended', 'answered'];
      for (const phase of phases) await fire({ ...ring, phase });
      await new Promise((resolve) => setTimeout(resolve, 3000));
      expect(await windows()).toMatchObject([{ hasNotice: false }]);
    },
  );
});

describe.skipIf(HAS_NO_CHROMIUM)('a page of a customer', () => {
  test('goes to its own origins alone: elsewhere, and into new windows, the agent’s click leads by the browser', async () => {
    const other = await serve((_, response) => void response.end(PAGE));
    const { fire, windows, desktop, site, browser } = await open({
      destination: { alsoOrigins: [other] },
    });
    await fire(about('Ada'));
    await desktop.do('inCustomer', 0, 'void open("https://evil.example/"), out.click()');
    await eventually(async () => (await windows())[0]?.refusedWindows).toHaveLength(1);
    expect(browser()).toBe('');
    await desktop.do('clickInto', 0, '#out');
    await eventually(browser).toMatch(/\/pop\//);
    expect(await windows()).toMatchObject([{ url: `${site}/agent#name=Ada` }]);
    await desktop.do('inCustomer', 0, `void setTimeout(() => location.assign("${other}/sign-in"))`);
    await eventually(async () => (await windows())[0]?.url).toBe(`${other}/sign-in`);
  });

  test('is permitted nothing, and has nothing of Node or of the dashboard in reach', async () => {
    const { fire, desktop } = await open();
    await fire(about('Ada'));
    for (const permission of ['media', 'geolocation', 'notifications', 'clipboard-read', 'fullscreen', 'hid'])
      expect(await desktop.do('customerPermission', 0, permission), permission).toEqual({
        requested: false,
        checked: false,
      });
    const names = '["process", "require", "Buffer", "poptray"].filter((name) => name in globalThis)';
    expect(await desktop.do('inCustomer', 0, names)).toEqual([]);
  });

  test('saves no file, and the window says so', async () => {
    const { fire, windows, desktop, site } = await open({
      page(request, response) {
        if (request.url === '/file') response.setHeader('content-disposition', 'attachment; filename=a.txt');
        response.end(PAGE);
      },
    });
    await fire(about('Ada'));
    await desktop.do('inCustomer', 0, `void setTimeout(() => location.assign("${site}/file"))`);
    await eventually(windows).toMatchObject([{ hasNotice: true, url: `${site}/agent#name=Ada` }]);
    expect(await desktop.do('noticeText', 0)).toMatch(/^No file is saved from here/);
  });

  test('whose process has ended is back by "Try again", and the next pop has it too', async () => {
    const { fire, windows, desktop, browser } = await open();
    await fire(about('Ada'));
    await desktop.do('crashCustomer', 0);
    await eventually(windows).toMatchObject([{ hasNotice: true }]);
    expect(await desktop.do('noticeText', 0)).toMatch(/process has ended \(crashed\)/);
    await desktop.do('clickInNotice', 0, 'Open in browser');
    await eventually(browser).toMatch(/\/pop\//);
    await desktop.do('clickInNotice', 0, 'Try again');
    await eventually(windows).toMatchObject([{ hasNotice: false }]);
    expect(await desktop.do('inCustomer', 0, 'location.hash')).toBe('#name=Ada');
    expect((await fire(about('Bob'))).body.status).toBe('delivered');
  });

  test('that comes late is cut off: no window stays, and nobody is told that it was shown', async () => {
    const { fire, windows } = await open({ page: () => {}, settings: { totalDeadlineMs: 2000 } });
    expect((await fire(about('Ada'))).body).toMatchObject({
      code: 'not_shown',
      detail: expect.stringMatching(/in time/),
    });
    expect(await windows()).toEqual([]);
  });
});

test.skipIf(HAS_NO_CHROMIUM)(
  'a hundred pops in a row have no more than the windows that there may be, and each answer is true',
  async () => {
    const { fire, windows, desktop, site } = await open({
      applications: (at) => ['a', 'b', 'c'].map((id) => ({ id, baseUri: `${at}/${id}` })),
      destination: { maxOpen: 2 },
    });
    const handles: number[] = [];
    for (let round = 0; round < 100; round += 1) {
      const application = ['a', 'b', 'c'][round % 3] as string;
      const { body } = await fire({ application, ...about(`n${round}`) });
      expect(body.status).toBe('delivered');
      const all = await windows();
      expect(all.length).toBeLessThanOrEqual(2);
      expect(all.at(-1)?.url).toBe(`${site}/${application}#name=n${round}`);
      if (round >= 20) handles.push(await desktop.do('listeners'));
    }
    expect(Math.max(...handles.slice(-20))).toBeLessThanOrEqual(Math.max(...handles.slice(0, 20)));
  },
  300_000,
);
