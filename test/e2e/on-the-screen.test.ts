/** Pops that open in the default browser: a real Chromium under a real window manager. */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type DesktopSession, HAS_DESKTOP, openDesktopSession } from '../support/desktop-session.ts';
import { needs } from '../support/needs.ts';
import { CAN_BE_ANOTHER_USER } from '../support/other-user.ts';
import { serve } from '../support/servers.ts';
import { raceOtherUser, startPops } from './on-the-screen.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
beforeEach(
  needs('a desktop: chromium, xvfb, openbox, x11-utils, xdotool and xdg-utils (.ci/packages)', HAS_DESKTOP),
);

let session: DesktopSession;
beforeAll(async () => {
  if (!HAS_DESKTOP) return;
  session = await openDesktopSession();
  await session.warmUp();
});
afterAll(() => session?.stop());
beforeEach(() => session.useBrowser());

/** The arguments of all programs that run now. */
function allArguments(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return readFileSync(join('/proc', pid, 'cmdline'), 'latin1').replaceAll('\0', ' ');
      } catch {
        return [];
      }
    });
}

test('L35 a call’s page stands before the agent, with its data, and nothing of it in any program’s arguments or log', async () => {
  const pops = await startPops(session);
  // Other tests of this machine have callers and agents of their own.
  const caller = `Ada ${randomUUID()}`;
  const secrets = [caller, encodeURIComponent(caller), `${pops.target}/agent`];
  const isTold = (line: string) => secrets.some((secret) => line.includes(secret));
  const seen = new Set<string>();
  const watch = setInterval(() => {
    for (const line of allArguments()) if (line.includes('/pop/') || isTold(line)) seen.add(line);
  }, 2);
  const { status, body } = await pops.trigger(caller);
  await pops.untilPainted(1);
  clearInterval(watch);

  expect([status, body.status, body.windowFocused]).toEqual([200, 'delivered', true]);
  expect(pops.sights).toEqual([
    { name: caller, hash: `#name=${encodeURIComponent(caller)}`, history: 1, referrer: '', isFocused: true },
  ]);
  expect(session.windowTitle(session.activeWindow())).toMatch(/^customer/);
  // The watch sees what there is to see.
  expect([...seen].filter((line) => line.includes('/pop/'))).not.toEqual([]);
  expect([...seen].filter(isTold)).toEqual([]);
  for (const file of readdirSync(pops.dataDir, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const text = readFileSync(join(file.parentPath, file.name), 'latin1');
    expect(text.includes(caller) || text.includes(encodeURIComponent(caller)), file.name).toBe(false);
    if (file.name.endsWith('.log')) expect(text).not.toContain('/pop/');
  }
});

test('behind another window the page is there, and the answer says that nobody looks at it', async () => {
  const pops = await startPops(session);
  const cover = await session.coverWith('xev', '-geometry', '1280x800+0+0');
  const { body } = await pops.trigger('Grace');
  await pops.untilPainted(1);
  const active = session.activeWindow();
  cover.close();
  expect([body.status, body.windowFocused, active]).toEqual(['delivered', false, cover.window]);
  expect(pops.sights).toMatchObject([{ name: 'Grace', isFocused: false }]);
});

test('L35 a page, an image and a prefetch that know the address get nothing, and take nothing away', async () => {
  const pops = await startPops(session);
  session.useBrowser('echo "$1" > "$HOME/opened"');
  const answer = pops.trigger('Ada');
  const address = await session.readSoon('opened');
  const { promise: got, resolve } = Promise.withResolvers<unknown>();
  const elsewhere = await serve((request, response) => {
    request.on('data', (text) => resolve(JSON.parse(text)));
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><title>other</title><script>
      const address = location.hash.slice(1);
      const load = (element, on) => new Promise((resolve) => {
        element.onload = () => resolve('loaded');
        element.onerror = () => resolve('refused');
        Object.assign(element, on);
        document.head.append(element);
        setTimeout(() => resolve('nothing'), 2000);
      });
      const text = (promise) => promise.then((response) => response.text()).catch(() => 'refused');
      Promise.all([
        text(fetch(address)),
        text(fetch(address, { mode: 'no-cors' })),
        load(new Image(), { src: address }),
        load(document.createElement('link'), { rel: 'prefetch', href: address }),
        load(document.createElement('script'), { src: address }),
      ]).then((got) => fetch('/', { method: 'POST', body: JSON.stringify(got) }));
    </script>`);
  });
  session.useBrowser();
  session.openLink(`${elsewhere}/#${address}`);
  expect(await got).toEqual([
    'refused',
    'refused',
    'refused',
    expect.stringMatching(/refused|nothing/),
    'refused',
  ]);
  session.openLink(address);
  expect((await answer).body).toMatchObject({ status: 'delivered' });
  await pops.untilPainted(1);
});

test('where the browser never comes, the caller hears that the page was not shown, whatever opened it says', async () => {
  const pops = await startPops(session, { totalDeadlineMs: 2000 });
  session.useBrowser('exit 0');
  const { status, body } = await pops.trigger('Ada');
  expect([status, body.code]).toEqual([502, 'not_shown']);
  expect(body.detail).toMatch(/^no browser came for the page/);
  expect(body.hint).toMatch(/poptray doctor/);
});

test.each([
  ['a program that opens browsers', { PATH: '/nowhere' }, 502, 'not_shown', /no xdg-open.*install xdg-utils/],
  ['a display', { DISPLAY: '' }, 503, 'not_configured', /no display.*within the desktop session/],
])('without %s the caller hears so at once', async (_what, env, status, code, detail) => {
  const pops = await startPops({ ...session, env: { ...session.env, ...env } });
  expect(await pops.trigger('Ada')).toMatchObject({
    status,
    body: { code, detail: expect.stringMatching(detail) },
  });
});

test('a key that was shown is not shown again by a poptray that was killed meanwhile', async () => {
  const pops = await startPops(session);
  const answer = pops.trigger('Ada', 'key-1').catch(() => undefined);
  await pops.untilPainted(1);
  await pops.kill();
  await answer;
  const again = await pops.restart();
  expect((await again.trigger('Ada', 'key-1')).body).toMatchObject({
    status: 'delivered',
    windowFocused: true,
  });
  expect((await again.trigger('Grace', 'key-2')).body).toMatchObject({ status: 'delivered' });
  await pops.untilPainted(2);
  expect(pops.sights.map(({ name }) => name)).toEqual(['Ada', 'Grace']);
});

test.skipIf(!CAN_BE_ANOTHER_USER)(
  'L35 another user who reads arguments and is quicker than the browser gets nothing',
  async () => {
    expect(await raceOtherUser(session, 3)).toEqual({ seen: 3, won: [] });
  },
);
