import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkTarget, findApplication } from '../../main/pipeline/check-target.ts';
import { PopError } from '../../main/pipeline/errors.ts';
import { targetOf } from '../../main/pipeline/target.ts';
import type { Application } from '../../shared/application.ts';
import { SAMPLE_APPLICATION } from '../../shared/settings.ts';

const HOST = 'app.mydashboard.com';
const application = (baseUri: string, allowedOrigins = SAMPLE_APPLICATION.allowedOrigins): Application => ({
  ...SAMPLE_APPLICATION,
  baseUri,
  allowedOrigins,
});

/** The rule that refuses the page, or undefined. */
function refusedBy(baseUri: string, allowedOrigins?: string[]): string | undefined {
  try {
    checkTarget(application(baseUri, allowedOrigins), baseUri);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(PopError);
    expect(error).toMatchObject({ code: 'target_not_allowed' });
    return (error as PopError).message.split(':')[0];
  }
}

describe('L33 a page is refused', () => {
  test.each([
    `https://${HOST}.evil.com/`,
    `https://${HOST}evil.com/`,
    `https://evil-${HOST}/`,
    `https://evil.com/${HOST}`,
    `https://evil.com?${HOST}`,
    `https://evil.com#https://${HOST}`,
    `https://${HOST}./`,
    `https://${HOST}:8443/`,
    `https://${HOST}:80/`,
    'https://mydashboard.com/',
    'https://x.app.mydashboard.com/',
    'https://аpp.mydashboard.com/', // a Cyrillic а
    `https://evil.com\\@${HOST}/`,
    `https://evil.com/\t//${HOST}/`,
    'https://127.0.0.1/',
  ])('for its origin: %s', (uri) => {
    expect(refusedBy(uri)).toBe('target-origin');
  });

  test.each([
    'javascript:alert(1)',
    `javascript://${HOST}/%0aalert(1)`,
    `http://${HOST}/`,
    `http://${HOST}:443/`,
    `wss://${HOST}/`,
    `ftp://${HOST}/`,
    'file:///etc/passwd',
    'data:text/html,hello',
    `blob:https://${HOST}/1`,
    'ms-msdt:/id',
    `view-source:https://${HOST}/`,
    'http://127.0.0.1.evil.example/',
    'http://localhost.evil.example/',
    'http://10.0.0.1/',
    'ftp://127.0.0.1/',
  ])('for its scheme: %s', (uri) => {
    expect(refusedBy(uri)).toBe('target-scheme');
  });

  test.each([`https://user@${HOST}/`, `https://user:secret@${HOST}/`, `https://:secret@${HOST}/`])(
    'for its userinfo: %s',
    (uri) => {
      expect(refusedBy(uri)).toBe('target-userinfo');
    },
  );

  test.each(['', '/agent-view', `//${HOST}/`, HOST, 'https://', 'https://a b/'])(
    'for being no URL: %j',
    (uri) => {
      expect(refusedBy(uri)).toBe('target-url');
    },
  );

  test('without repeating a user name or password to the caller', () => {
    const page = `https://user:hunter2@${HOST}/`;
    const check = () => checkTarget(application(page), page);
    expect(check).toThrow('target-userinfo');
    expect(check).not.toThrow(/hunter2|user:/);
  });
});

describe('a page is shown', () => {
  test.each([
    `https://${HOST}`,
    `https://${HOST}/agent-view`,
    `https://${HOST.toUpperCase()}/`,
    `HTTPS://${HOST}/`,
    `https://${HOST}:443/`,
    `https://${HOST}/?x=https://evil.com/`,
    'https://crm.internal.net/',
  ])('from an origin on the list, however it is spelt: %s', (uri) => {
    expect(refusedBy(uri)).toBeUndefined();
  });

  test.each([
    ['https://bücher.example/', 'https://xn--bcher-kva.example'],
    ['https://xn--bcher-kva.example/', 'https://bücher.example'],
    ['https://BÜCHER.example/', 'https://bücher.example'],
  ])('from an internationalised host in either spelling: %s on %s', (uri, origin) => {
    expect(refusedBy(uri, [origin])).toBeUndefined();
  });

  test.each(['http://127.0.0.1:5173', 'http://localhost:5173', 'http://[::1]:5173'])(
    'over http too where it never leaves this machine: %s',
    (origin) => {
      expect(refusedBy(`${origin}/agent`, [origin])).toBeUndefined();
      expect(refusedBy(`${origin}/agent`, [origin.replace('5173', '5174')])).toBe('target-origin');
      expect(refusedBy(`${origin}/agent`, [origin.replace('http:', 'https:')])).toBe('target-origin');
    },
  );

  test('and its address is given without the fragment, for the log', () => {
    const logged = (page: string) => targetOf(application(page), { userId: 'a' }, []).logged;
    expect(logged(`https://${HOST}/a?b=1#/secret?c`)).toBe(`https://${HOST}/a?b=1`);
    expect(logged(`https://${HOST}/a`)).toBe(`https://${HOST}/a`);
  });
});

test('only https, exactly this host, the default port and no userinfo pass, in any combination', () => {
  const pick = <T>(...items: T[]) => fc.constantFrom(...items);
  const parts = fc.record({
    scheme: pick('https', 'HTTPS', 'http', 'javascript', 'ftp', 'wss'),
    user: pick('', '', 'a@', 'a:b@', `${HOST}@`),
    host: pick(
      HOST,
      'APP.MyDashboard.com',
      `${HOST}.`,
      `${HOST}.evil.com`,
      `x${HOST}`,
      HOST.slice(1),
      'evil.com',
    ),
    port: pick('', ':443', ':8443', ':80'),
    path: pick('', '/', '/agent', `/@${HOST}`, `?${HOST}`, `#@${HOST}`),
  });
  fc.assert(
    fc.property(parts, ({ scheme, user, host, port, path }) => {
      const isRight =
        /^https$/i.test(scheme) &&
        user === '' &&
        host.toLowerCase() === HOST &&
        (port === '' || port === ':443');
      expect(refusedBy(`${scheme}://${user}${host}${port}${path}`) === undefined).toBe(isRight);
    }),
    { numRuns: 2000 },
  );
});

test('no other host passes', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.domain(),
        fc.ipV4(),
        fc.domain().map((domain) => `${HOST}.${domain}`),
      ),
      (host) => {
        expect(refusedBy(`https://${host}/`)).toBeDefined();
      },
    ),
  );
});

describe('the application', () => {
  const list = [application('https://a.example'), { ...application('https://b.example'), id: 'second' }];

  test('is the first where none is asked for, else the one with that id', () => {
    expect(findApplication(list, undefined)).toBe(list[0]);
    expect(findApplication(list, 'second')).toBe(list[1]);
  });

  test.each(['', 'Second', 'toString'])('with the id %j is refused, and the id is not repeated', (id) => {
    expect(() => findApplication(list, id)).toThrow(
      expect.objectContaining({
        code: 'target_not_allowed',
        message: expect.stringMatching(/^application-unknown/),
      }),
    );
  });

  test('must be there at all', () => {
    expect(() => findApplication([], undefined)).toThrow(PopError);
  });
});
