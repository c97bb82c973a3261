import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSettings } from '../../main/config/settings.ts';
import type { Environment } from '../../main/platform/environment.ts';
import type { Settings } from '../../shared/settings.ts';
import { APPLICATION, GENESYS, load, refusal } from '../support/load-settings.ts';
import { tempDir } from '../support/temp-dir.ts';

describe('the environment', () => {
  test.each<[string, Environment, object]>([
    ['POPTRAY_PORT', { POPTRAY_PORT: '9090' }, { port: 9090 }],
    ['POPTRAY_PORT 0', { POPTRAY_PORT: '0' }, { port: 0 }],
    ['POPTRAY_RATE_LIMIT', { POPTRAY_RATE_LIMIT: '5' }, { rateLimit: 5 }],
    ['POPTRAY_RATE_LIMIT 0', { POPTRAY_RATE_LIMIT: '0' }, { rateLimit: 0 }],
    [
      'GENESYS_REGION',
      { GENESYS_REGION: 'mypurecloud.ie', GENESYS_CLIENT_ID: 'c' },
      {
        destinations: [
          {
            id: 'genesys',
            kind: 'genesys-screenpops',
            region: 'mypurecloud.ie',
            clientId: 'c',
            scope: 'screenpops:write',
          },
        ],
      },
    ],
    [
      'GENESYS_BASE_URL',
      { GENESYS_BASE_URL: 'https://genesys.example' },
      {
        destinations: [
          {
            id: 'genesys',
            kind: 'genesys-screenpops',
            baseUrl: 'https://genesys.example',
            scope: 'screenpops:write',
          },
        ],
      },
    ],
    [
      'POPTRAY_APPLICATION_ID and POPTRAY_TARGET_URI',
      { POPTRAY_APPLICATION_ID: 'app', POPTRAY_TARGET_URI: 'https://CRM.example:443/view#/agent' },
      {
        applications: [
          {
            id: 'app',
            baseUri: 'https://CRM.example:443/view#/agent',
            allowedOrigins: ['https://crm.example'],
            state: {},
          },
        ],
      },
    ],
    [
      'PRODUCTIVITY_WEBHOOK_URL',
      { PRODUCTIVITY_WEBHOOK_URL: 'https://hooks.example/in?x=1' },
      { webhooks: [{ id: 'productivity', url: 'https://hooks.example/in?x=1' }] },
    ],
  ])('%s is taken', (_, env, expected) => {
    expect(load(undefined, env)).toMatchObject(expected);
  });

  test('wins over the file, and leaves the rest of it', () => {
    const file = {
      port: 1234,
      logLevel: 'debug',
      rateLimit: 7,
      applications: [APPLICATION],
      webhooks: [
        { id: 'productivity', url: 'https://old.example' },
        { id: 'other', url: 'https://other.example' },
      ],
      destinations: [
        { ...GENESYS, scope: '' },
        { id: 'crm', kind: 'http', url: 'https://crm.example/' },
      ],
    };
    const settings = load(file, {
      POPTRAY_PORT: '4321',
      GENESYS_BASE_URL: 'http://127.0.0.1:9999',
      PRODUCTIVITY_WEBHOOK_URL: 'https://new.example',
    });
    expect(settings).toMatchObject({
      port: 4321,
      logLevel: 'debug',
      rateLimit: 7,
      applications: [APPLICATION],
    });
    expect(settings.destinations).toEqual([
      {
        id: 'genesys',
        kind: 'genesys-screenpops',
        baseUrl: 'http://127.0.0.1:9999',
        clientId: 'file-client',
        scope: '',
      },
    ]);
    expect(settings.webhooks).toEqual([
      { id: 'other', url: 'https://other.example' },
      { id: 'productivity', url: 'https://new.example' },
    ]);
  });

  test.each<[Environment, object]>([
    [{ GENESYS_CLIENT_ID: 'env-client' }, { region: 'mypurecloud.de', clientId: 'env-client' }],
    [{ GENESYS_REGION: 'usw2.pure.cloud' }, { region: 'usw2.pure.cloud', clientId: 'file-client' }],
  ])('%o changes that part of the file’s destination', (env, expected) => {
    expect(load({ destinations: [GENESYS] }, env).destinations).toMatchObject([expected]);
  });

  test('a base URL wins over a region, wherever either stands', () => {
    const env = { GENESYS_BASE_URL: 'https://genesys.example', GENESYS_REGION: 'mypurecloud.ie' };
    const [destination] = load({ destinations: [GENESYS] }, env).destinations;
    expect(destination).toMatchObject({ baseUrl: 'https://genesys.example' });
    expect(destination).not.toHaveProperty('region');
  });

  test('POPTRAY_AGENT says who works here, and leaves the country as it is', () => {
    const agent = { userId: 'ada', name: 'Ada', country: 'DE' };
    expect(load({ agent }, { POPTRAY_AGENT: 'grace' }).agent).toEqual({ ...agent, userId: 'grace' });
    expect(refusal(undefined, { POPTRAY_AGENT: 'a/b' })).toContain('POPTRAY_AGENT');
  });

  test('empty and blank variables count as absent', () => {
    const names = ['POPTRAY_PORT', 'GENESYS_REGION', 'GENESYS_BASE_URL', 'POPTRAY_TARGET_URI'];
    expect(load(undefined, Object.fromEntries(names.map((name) => [name, ' '])))).toEqual(load());
  });

  test.each([
    ['POPTRAY_PORT', 'http'],
    ['POPTRAY_PORT', '-1'],
    ['POPTRAY_PORT', '80.5'],
    ['POPTRAY_PORT', '65536'],
    ['POPTRAY_RATE_LIMIT', 'none'],
    ['POPTRAY_RATE_LIMIT', '1e3'],
    ['GENESYS_BASE_URL', 'genesys.example'],
    ['GENESYS_BASE_URL', 'http://genesys.example'],
    ['GENESYS_BASE_URL', 'http://127.0.0.1.evil.example'],
    ['GENESYS_BASE_URL', 'https://user:mark-password@genesys.example'],
    ['GENESYS_REGION', 'https://mypurecloud.ie'],
    ['GENESYS_REGION', 'evil.example/x'],
    ['PRODUCTIVITY_WEBHOOK_URL', 'http://hooks.example'],
    ['PRODUCTIVITY_WEBHOOK_URL', 'ftp://hooks.example'],
  ])('%s=%s is refused, and the message names the variable but not the value', (name, value) => {
    const message = refusal(undefined, { [name]: value });
    expect(message).toContain(name);
    expect(message).not.toContain(value);
  });

  test.each(['http://crm.example/', 'javascript:alert(1)', 'crm.example', 'https:'])(
    'POPTRAY_TARGET_URI=%s is refused',
    (uri) => {
      const env = { POPTRAY_APPLICATION_ID: 'app', POPTRAY_TARGET_URI: uri };
      expect(refusal(undefined, env)).toContain('POPTRAY_TARGET_URI');
    },
  );

  test('one application needs both its id and its page', () => {
    for (const env of [{ POPTRAY_APPLICATION_ID: 'app' }, { POPTRAY_TARGET_URI: 'https://crm.example' }]) {
      expect(refusal(undefined, env)).toContain('need each other');
    }
  });

  test.each(['http://127.0.0.1:8081', 'http://localhost:8081', 'http://[::1]:8081', 'https://hooks.example'])(
    '%s may be called',
    (url) => {
      const settings = load(undefined, { GENESYS_BASE_URL: url, PRODUCTIVITY_WEBHOOK_URL: url });
      expect(settings).toMatchObject({ destinations: [{ baseUrl: url }], webhooks: [{ url }] });
    },
  );
});

describe('what is saved under an environment', () => {
  const HTTP = { id: 'crm', kind: 'http', url: 'https://crm.example/pops' };
  const FILE = {
    version: 2,
    agent: { userId: 'ada', country: 'DE' },
    destinations: [{ ...GENESYS, scope: 'screenpops:write' }, HTTP],
    applications: [APPLICATION],
  };

  /** The file once what counts was saved with a change, and what counts then. */
  function saved(env: Environment, change: (now: Settings) => object = () => ({})) {
    const dir = tempDir();
    const path = join(dir, 'settings.json');
    writeFileSync(path, JSON.stringify(FILE));
    const settings = openSettings(dir, env);
    const draft = settings.check({ ...settings.current, ...change(settings.current) });
    if ('errors' in draft) return expect.fail(JSON.stringify(draft.errors));
    draft.save();
    return { file: JSON.parse(readFileSync(path, 'utf8')) as Settings, counts: draft.settings };
  }

  test.each<[string, Environment]>([
    ['nothing', {}],
    ['the region', { GENESYS_REGION: 'mypurecloud.ie' }],
    ['the base URL and the client', { GENESYS_BASE_URL: 'https://other.example', GENESYS_CLIENT_ID: 'env' }],
    ['the client', { GENESYS_CLIENT_ID: 'env' }],
    ['the agent', { POPTRAY_AGENT: 'grace' }],
    ['the page', { POPTRAY_APPLICATION_ID: 'x', POPTRAY_TARGET_URI: 'https://x.example/' }],
    ['a webhook', { PRODUCTIVITY_WEBHOOK_URL: 'https://hooks.example/in' }],
    ['the port and the rate limit', { POPTRAY_PORT: '1234', POPTRAY_RATE_LIMIT: '3' }],
  ])('that sets %s is the file as it was, plus what was changed', (_, env) => {
    const { file } = saved(env, () => ({ dedupeWindowMs: 5 }));
    expect(file.destinations).toMatchObject(FILE.destinations);
    expect(file.agent).toEqual(FILE.agent);
    expect(file.applications.map(({ id }) => id)).toEqual(['a']);
    expect([file.webhooks ?? [], file.rateLimit ?? 60, file.dedupeWindowMs]).toEqual([[], 60, 5]);
  });

  test('that sets the client’s id alone has every other change of the destinations', () => {
    const { file, counts } = saved({ GENESYS_CLIENT_ID: 'env' }, ({ destinations: [genesys] }) => ({
      destinations: [
        { ...HTTP, id: 'wallboard' },
        { ...genesys, region: 'mypurecloud.ie', clientId: 'typed' },
        { ...GENESYS, id: 'second', clientId: 'own' },
      ],
    }));
    expect(file.destinations).toMatchObject([
      { id: 'wallboard' },
      { id: 'genesys', region: 'mypurecloud.ie', clientId: 'file-client' },
      { id: 'second', clientId: 'own' },
    ]);
    expect(counts.destinations).toMatchObject([
      { id: 'wallboard' },
      { id: 'genesys', clientId: 'env' },
      { id: 'second', clientId: 'own' },
    ]);
  });

  test('that sets the agent’s id alone has every other change of the agent', () => {
    const agent = { userId: 'typed', name: 'Ada', country: 'AT' };
    const { file, counts } = saved({ POPTRAY_AGENT: 'grace' }, () => ({ agent }));
    expect([file.agent, counts.agent]).toEqual([
      { ...agent, userId: 'ada' },
      { ...agent, userId: 'grace' },
    ]);
  });

  test('whose destinations the environment sets loses none to who saves something else', () => {
    const { file, counts } = saved({ GENESYS_REGION: 'mypurecloud.ie' }, () => ({
      destinations: [{ id: 'genesys', kind: 'genesys-screenpops', region: 'mypurecloud.com' }],
    }));
    expect(file.destinations.map(({ id }) => id)).toEqual(['genesys', 'crm']);
    expect(counts.destinations).toMatchObject([{ id: 'genesys', region: 'mypurecloud.ie' }]);
  });
});
