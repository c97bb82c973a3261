import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSettings } from '../../main/config/settings.ts';
import { APPLICATION, GENESYS, load, refusal } from '../support/load-settings.ts';
import { tempDir } from '../support/temp-dir.ts';

describe('the usual port is somebody’s wish', () => {
  const isNamed = (file: object | undefined, env = {}) => {
    const dir = tempDir();
    if (file) writeFileSync(join(dir, 'settings.json'), JSON.stringify(file), { mode: 0o600 });
    return openSettings(dir, env).isPortNamed;
  };

  test('where the file or the environment names it, and nowhere else', () => {
    expect([isNamed(undefined), isNamed({}), isNamed({ rateLimit: 5 })]).toEqual([false, false, false]);
    expect([isNamed({ port: 8080 }), isNamed({}, { POPTRAY_PORT: '8080' })]).toEqual([true, true]);
  });

  test('not because the dashboard has saved all members, but when it has saved another one', () => {
    const dir = tempDir();
    const save = (port: number) => {
      const settings = openSettings(dir, {});
      const checked = settings.check({ ...settings.current, port });
      if ('errors' in checked) throw new Error('it does not fit');
      checked.save();
      return [settings.isPortNamed, openSettings(dir, {}).isPortNamed, openSettings(dir, {}).current.port];
    };
    expect(save(8080)).toEqual([false, false, 8080]);
    expect(save(9090)).toEqual([true, true, 9090]);
    // Back to the usual one by choice.
    expect(save(8080)).toEqual([true, true, 8080]);
  });
});

describe('without a file and an environment', () => {
  test('there is the sample application, the simulator, and port 8080', () => {
    const { applications, ...others } = load();
    expect(applications).toEqual([
      {
        id: 'com.example.customapp',
        baseUri: 'https://app.mydashboard.com/agent-view',
        allowedOrigins: ['https://app.mydashboard.com', 'https://crm.internal.net'],
        state: { uiMode: 'focused', priority: 'high' },
        mode: 'all',
      },
    ]);
    expect(others).toMatchObject({
      version: 2,
      port: 8080,
      rateLimit: 60,
      browserOrigins: [],
      destinations: [{ id: 'simulator', kind: 'simulator' }],
      popPhases: ['ringing', 'answered', 'manual'],
      dedupeWindowMs: 10_000,
      attemptTimeoutMs: 15_000,
      totalDeadlineMs: 20_000,
      webhooks: [],
      logLevel: 'info',
    });
  });

  test('nothing is written', () => {
    const dir = tempDir();
    openSettings(dir, {});
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe('the file', () => {
  test('may begin with a byte order mark', () => {
    expect(load('\uFEFF{"port":1234}').port).toBe(1234);
  });

  test.each(['', '{', '{"port":1234', '[]', 'null', '42', '"text"', 'port: 1234'])(
    '%j is refused',
    (text) => {
      expect(refusal(text)).toContain('settings.json is not a JSON object');
    },
  );

  test('F28 cut off at any byte is refused, and never read as one without an allow-list', () => {
    const text = JSON.stringify({ version: 1, port: 1234, applications: [APPLICATION] });
    for (let length = 0; length < text.length; length += 1) refusal(text.slice(0, length));
    expect(load(text).applications).toEqual([{ ...APPLICATION, state: {} }]);
  });

  test.each(['http://127.0.0.1:5173', 'http://localhost:5173', 'http://[::1]:5173'])(
    'for who develops a page http is enough on this machine: %s',
    (origin) => {
      const application = { id: 'mine', baseUri: `${origin}/agent`, allowedOrigins: [origin] };
      expect(load({ applications: [application] }).applications).toEqual([
        { ...application, state: {}, mode: 'all' },
      ]);
    },
  );

  test.each<[string, unknown, string]>([
    ['an unknown field', { prot: 1 }, 'prot'],
    ['an unknown field deep inside', { applications: [{ ...APPLICATION, url: 'x' }] }, 'applications.0'],
    ['a port of the wrong kind', { port: '8080' }, 'port: '],
    ['no application at all', { applications: [] }, 'applications: '],
    ['an empty allow-list', { applications: [{ ...APPLICATION, allowedOrigins: [] }] }, 'allowedOrigins'],
    ['no allow-list', { applications: [{ id: 'a', baseUri: 'https://a.example' }] }, 'allowedOrigins'],
    ['an allow-list of null', { applications: [{ ...APPLICATION, allowedOrigins: null }] }, 'allowedOrigins'],
    [
      'an origin with a path',
      { applications: [{ ...APPLICATION, allowedOrigins: ['https://a.example/x'] }] },
      'allowedOrigins',
    ],
    [
      'an origin without TLS',
      { applications: [{ ...APPLICATION, allowedOrigins: ['http://a.example'] }] },
      'allowedOrigins',
    ],
    ['a page without TLS', { applications: [{ ...APPLICATION, baseUri: 'http://a.example' }] }, 'baseUri'],
    ['an id twice', { applications: [APPLICATION, APPLICATION] }, 'applications.1.id: '],
    [
      'both region and base URL',
      { destinations: [{ ...GENESYS, baseUrl: 'https://g.example' }] },
      'destinations.0: ',
    ],
    ['neither of them', { destinations: [{ id: 'a', kind: 'genesys-screenpops' }] }, 'destinations.0: '],
    ['another destination', { destinations: [{ id: 'a', kind: 'pager' }] }, 'destinations.0.kind'],
    ['a bad origin for browsers', { browserOrigins: ['https://a.example/x'] }, 'browserOrigins'],
    ['a timeout of none', { attemptTimeoutMs: 0 }, 'attemptTimeoutMs'],
    ['a phase that is none', { popPhases: ['hung up'] }, 'popPhases'],
    [
      'a page without TLS on a host that looks like this machine',
      { applications: [{ ...APPLICATION, baseUri: 'http://localhost.example/' }] },
      'baseUri',
    ],
  ])('with %s is refused by name', (_, file, named) => {
    const message = refusal(file);
    expect(message).toContain('settings.json has settings that do not fit');
    expect(message).toContain(named);
  });

  test('names every wrong setting at once', () => {
    expect(refusal({ port: -1, logLevel: 'loud' })).toMatch(/fit:\n {2}port: .*\n {2}logLevel: .*\nMend it/);
  });

  test('of an earlier version is taken, and one without a number; one from the future and one that is no number are not', () => {
    for (const version of [undefined, 0, 1, 2])
      expect(load({ version, port: 1234 })).toMatchObject({ version: 2, port: 1234 });
    expect(refusal({ version: 3 })).toMatch(
      /of version 3, which a newer poptray has written; this one \(0\.1\.0\) knows up to 2: install the newer/,
    );
    expect(refusal({ version: '1' })).toContain('version must be a number');
  });

  test('is left as it is, and closed to other users', () => {
    const dir = tempDir();
    const path = join(dir, 'settings.json');
    const text = '{"port": 1234}  \n';
    writeFileSync(path, text);
    chmodSync(path, 0o644);
    openSettings(dir, { POPTRAY_PORT: '1' });
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(dir)).toEqual(['settings.json']);
  });

  test('that is a folder is refused in words', () => {
    const dir = tempDir();
    mkdirSync(join(dir, 'settings.json'));
    expect(() => openSettings(dir, {})).toThrow('settings.json is not a regular file');
  });
});

describe('the destination workstation', () => {
  const refused = (destination: object) =>
    refusal({ destinations: [{ id: 'here', kind: 'workstation', ...destination }] });

  test('opens the browser, unless it says a window', () => {
    expect(load({ destinations: [{ id: 'here', kind: 'workstation' }] }).destinations).toEqual([
      { id: 'here', kind: 'workstation', open: 'browser' },
    ]);
    const window = { id: 'here', kind: 'workstation', open: 'window' };
    expect(load({ destinations: [window] }).destinations).toEqual([window]);
  });

  test.each([{ focus: 'polite' }, { maxOpen: 5 }, { alsoOrigins: [] }])(
    'refuses %o, which a browser decides',
    (member) => {
      expect(refused(member)).toMatch(/goes with "open": "window" alone/);
    },
  );

  test('wants to know of no embedder, because nothing frames its pages', () => {
    const applications = [{ ...APPLICATION, framing: { mode: 'enforce' } }];
    expect(
      load({ destinations: [{ id: 'here', kind: 'workstation' }], applications }).applications,
    ).toHaveLength(1);
    expect(refusal({ destination: { kind: 'http', url: 'https://a.example/x' }, applications })).toMatch(
      /embedder/,
    );
  });
});

describe('several destinations', () => {
  const destinations = [
    { id: 'genesys', kind: 'genesys-screenpops', region: 'mypurecloud.ie' },
    { id: 'wallboard', kind: 'http', url: 'https://wallboard.example/pops' },
  ];

  test('are kept in their order; an application may name some of them, in an order of its own', () => {
    const applications = [{ ...APPLICATION, destinations: ['wallboard', 'genesys'], mode: 'first' }];
    const settings = load({ destinations, applications });
    expect(settings.destinations.map(({ id }) => id)).toEqual(['genesys', 'wallboard']);
    expect(settings.applications[0]).toMatchObject({
      destinations: ['wallboard', 'genesys'],
      mode: 'first',
    });
  });

  test('an id that an application names and that is not there is refused, where it stands, with those that are', () => {
    const applications = [APPLICATION, { ...APPLICATION, id: 'b', destinations: ['genesys', 'elsewhere'] }];
    expect(refusal({ destinations, applications })).toContain(
      'applications.1.destinations.1: names elsewhere, which is none of the destinations (genesys, wallboard)',
    );
  });

  test('GENESYS_REGION makes them one, so that an application which names another is refused', () => {
    const applications = [{ ...APPLICATION, destinations: ['wallboard'] }];
    const message = refusal({ destinations, applications }, { GENESYS_REGION: 'mypurecloud.ie' });
    expect(message).toContain('names wallboard, which is none of the destinations (genesys)');
  });

  test('an id that differs from another in the case of its letters alone is refused at the second one', () => {
    const twice = [...destinations, { ...destinations[1], id: 'Wallboard' }];
    expect(refusal({ destinations: twice })).toContain(
      'destinations.2.id: must be another, because wallboard is there already',
    );
  });

  test.each([true, false])(
    '"required": %s is refused with "first", at each destination that is tried in turn',
    (required) => {
      const marked = destinations.map((one) => ({ ...one, required }));
      const first = { ...APPLICATION, mode: 'first' };
      const message = refusal({ destinations: marked, applications: [first] });
      for (const index of [0, 1])
        expect(message).toContain(
          `destinations.${index}.required: must be left out, because pops of a go to the first that takes them`,
        );
      const ofOne = refusal({
        destinations: marked,
        applications: [{ ...first, destinations: ['wallboard'] }],
      });
      expect([ofOne.includes('destinations.0.required'), ofOne.includes('destinations.1.required')]).toEqual([
        false,
        true,
      ]);
      expect(load({ destinations: marked, applications: [APPLICATION] }).destinations).toMatchObject([
        { required },
        { required },
      ]);
    },
  );
});
