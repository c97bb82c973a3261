/** Who gets to see the agent desktop: the person with the link, once, and nobody else on this machine. */

import { describe, expect, test } from 'vitest';
import { SESSION_HEADER } from '../../shared/session-secret.ts';
import { openLink } from '../support/open-link.ts';
import { becomeOtherUser, CAN_BE_ANOTHER_USER } from '../support/other-user.ts';
import { startSimulatedDesktop } from '../support/simulated-desktop.ts';

const ADA = { customerName: 'Ada Lovelace' };
const file = (type: string, body: string) => ({ type, body: Buffer.from(body) });
const files = new Map([
  ['desktop/index.html', file('text/html', '<!doctype html><title>desktop</title>')],
  ['customer/index.html', file('text/html', '<!doctype html><title>customer</title>')],
  ['assets/page.js', file('text/javascript', 'true')],
]);

const start = () => startSimulatedDesktop({ files });

/** The first event of a stream, or the status. */
async function firstEvent(url: string, headers: Record<string, string>): Promise<string | number> {
  const response = await fetch(`${url}/desktop/api/events`, { headers });
  if (response.status !== 200) return response.status;
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    if (text.includes('\ndata: ') || text.startsWith('data: ')) break;
  }
  return text;
}

describe('the link of the agent desktop', () => {
  test('opens a session that sees the pops, once', async () => {
    await using desktop = await start();
    await desktop.pop(ADA);
    const link = desktop.newLink();
    const opened = await openLink(link);
    expect([opened.status, opened.setCookie]).toEqual([200, '']);
    expect(await firstEvent(desktop.baseUrl, opened.headers)).toContain('Ada%20Lovelace');
    const again = await openLink(link);
    expect([again.status, again.secret]).toEqual([401, '']);
  });

  test('is not used up by a browser that loads ahead, a frame, a script or an image', async () => {
    await using desktop = await start();
    const link = desktop.newLink();
    const statusOf = async (headers: Record<string, string>) => (await fetch(link, { headers })).status;
    expect(await statusOf({ 'sec-purpose': 'prefetch' })).toBe(204);
    for (const dest of ['iframe', 'empty', 'image', 'script'])
      expect([dest, await statusOf({ 'sec-fetch-dest': dest })]).toEqual([dest, 404]);
    expect((await openLink(link)).secret).not.toBe('');
  });

  test.skipIf(!CAN_BE_ANOTHER_USER)(
    'counts for this user alone: another one gets nothing, and does not use it up',
    async () => {
      await using desktop = await start();
      await desktop.pop(ADA);
      const thief = await becomeOtherUser();
      const link = desktop.newLink();
      expect(await thief.call({ url: link })).toEqual({ status: 404, body: '', cookies: [] });
      const opened = await openLink(link);
      expect(opened.status).toBe(200);
      // Not even with the secret of the session.
      for (const path of ['events', 'shown'])
        expect(
          await thief.call({
            url: `${desktop.baseUrl}/desktop/api/${path}`,
            method: path === 'shown' ? 'POST' : 'GET',
            headers: { ...opened.headers, 'content-type': 'application/json' },
          }),
        ).toMatchObject({ status: 401, body: '' });
    },
  );
});

describe('what is behind it', () => {
  test('is shut without the session’s secret, and for pages of other origins', async () => {
    await using desktop = await start();
    await desktop.pop(ADA);
    const { headers } = await openLink(desktop.newLink());
    for (const more of [
      { [SESSION_HEADER]: '' },
      { [SESSION_HEADER]: 'guess.guess' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'none' },
      { origin: 'http://127.0.0.1:1' },
      { origin: 'null' },
    ])
      expect([more, await firstEvent(desktop.baseUrl, { ...headers, ...more })]).toEqual([more, 401]);
    const origin = desktop.baseUrl;
    expect(await firstEvent(desktop.baseUrl, { ...headers, origin })).toContain('Ada');
  });

  test.each([
    ['no JSON', 'no'],
    ['another shape', '{"page":"a","pop":"b"}'],
    ['something more', '{"page":"a","pop":"b","isFocused":true,"x":1}'],
  ])('takes no report that is %s', async (_what, body) => {
    await using desktop = await start();
    const { headers } = await openLink(desktop.newLink());
    const reply = await fetch(`${desktop.baseUrl}/desktop/api/shown`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
    });
    expect(reply.status).toBe(400);
  });

  test('is no page for a frame, and the customer page has an origin of its own', async () => {
    await using desktop = await start();
    const cspOf = async (path: string) =>
      (await fetch(desktop.baseUrl + path)).headers.get('content-security-policy') ?? '';
    expect(await cspOf('/desktop/')).toContain("frame-ancestors 'none'");
    const customer = await cspOf('/customer/');
    expect(customer).toContain("frame-ancestors 'self'");
    expect(customer).toMatch(/sandbox allow-scripts$/);
    for (const path of ['/desktop/', '/desktop/open', '/customer/', '/assets/page.js']) {
      const { headers } = await fetch(desktop.baseUrl + path);
      expect([path, headers.get('x-content-type-options'), headers.get('cache-control')]).toEqual([
        path,
        'nosniff',
        'no-store',
      ]);
    }
    expect((await fetch(`${desktop.baseUrl}/assets/..%2Fdesktop/index.html`)).status).toBe(404);
  });
});
