/** Settings of version 1, which had one destination, mean today what they meant then, and are never lost on the way. */
import { spawnSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { framingsOf } from '../../main/compatibility/framings.ts';
import { openSettings } from '../../main/config/settings.ts';
import { pageOf } from '../../shared/application.ts';
import { formOf } from '../../shared/destinations/forms.ts';
import { secretsOf } from '../../shared/secrets.ts';
import { settingsSchema } from '../../shared/settings.ts';
import { load, refusal } from '../support/load-settings.ts';
import { tempDir } from '../support/temp-dir.ts';

const OAUTH = { kind: 'oauth', tokenUrl: 'https://login.crm.example/token', clientId: 'c' };

const genesys = fc.record(
  {
    kind: fc.constant('genesys-cloud'),
    clientId: fc.string({ minLength: 1 }),
    scope: fc.constantFrom('', 'screenpops:write'),
  },
  { requiredKeys: ['kind'] },
);
const place = fc.oneof(
  fc.record({ region: fc.constantFrom('mypurecloud.de', 'usw2.pure.cloud') }),
  fc.record({ baseUrl: fc.constantFrom('https://pops.example', 'http://127.0.0.1:8090/') }),
);
const http = fc.record(
  {
    kind: fc.constant('http'),
    url: fc.constantFrom('https://crm.example/{user}', 'https://crm.example/{token}/x'),
    method: fc.constantFrom('POST', 'PUT'),
    headers: fc.constant({ 'x-key': '{idempotencyKey}' }),
    body: fc.constant({ page: '{uri}' }),
    auth: fc.constantFrom({ kind: 'none' }, { kind: 'bearer' }, { kind: 'basic', username: 'u' }, OAUTH),
    keyed: fc.boolean(),
  },
  { requiredKeys: ['kind', 'url'] },
);
const destination = fc.oneof(
  fc.constant({ kind: 'simulator' }),
  fc.tuple(genesys, place).map(([one, at]) => ({ ...one, ...at })),
  http,
);
const framing = fc.constantFrom(
  { mode: 'enforce', embedder: 'https://desk.example' },
  { mode: 'warn', embedder: 'https://desk.example' },
  { mode: 'off' },
);
const application = fc.record(
  {
    id: fc.constantFrom('crm', 'wiki', 'com.example.customapp'),
    baseUri: fc.constantFrom('https://crm.example/#/agent', 'https://crm.example/x?y=1'),
    allowedOrigins: fc.constant(['https://crm.example']),
    state: fc.constant({ uiMode: 'focused' }),
    framing,
  },
  { requiredKeys: ['id', 'baseUri', 'allowedOrigins'] },
);
/** Members that version 1 had, beside the destination. */
const others = fc.record(
  {
    port: fc.nat(65_535),
    rateLimit: fc.nat(100),
    browserOrigins: fc.constant(['https://phone.example']),
    applications: fc.uniqueArray(application, { minLength: 1, selector: ({ id }) => id }),
    auditKeepDays: fc.constantFrom(0, 30),
    popPhases: fc.constant(['answered']),
    webhooks: fc.constant([{ id: 'productivity', url: 'https://hooks.example/x' }]),
    shipping: fc.constant([{ id: 'siem', kind: 'syslog', host: 'logs.example' }]),
    logLevel: fc.constantFrom('warn', 'debug'),
    autostart: fc.boolean(),
    updateFeed: fc.constant('https://updates.example/'),
    totalDeadlineMs: fc.constant(5000),
  },
  { requiredKeys: [] },
);
const ofVersion1 = fc
  .tuple(fc.constantFrom({ version: 1 }, { version: 0 }, {}), others, fc.option(destination))
  .map(([version, members, one]) => ({
    ...version,
    ...members,
    ...(one !== null && { destination: one }),
  }));

const NAMES: Readonly<Record<string, string>> = { 'genesys-cloud': 'genesys-screenpops' };
const IDS: Readonly<Record<string, string>> = { 'genesys-cloud': 'genesys' };

describe('any settings of version 1', () => {
  test('go to where they went, with the same secrets, and all else is what it was', () => {
    fc.assert(
      fc.property(ofVersion1, ({ version: _, destination: one = { kind: 'simulator' }, ...rest }) => {
        const settings = load({ version: 1, ...rest, destination: one });
        const { kind, ...own } = one;
        const asNamed = { id: IDS[kind] ?? kind, kind: NAMES[kind] ?? kind, ...own };
        expect(settings).toEqual(settingsSchema.parse({ ...rest, destinations: [asNamed] }));
        const [now] = settings.destinations;
        if (!now) expect.fail('it has no destination');
        expect(formOf(now).describe(now)).toBe(formOf(now).describe({ ...now, id: 'another' }));
        for (const { name } of secretsOf({ ...settings, webhooks: [], shipping: [] }, []))
          expect(name.split(':').slice(0, 2)).toEqual(['destination', now.id]);
        const told = formOf(now).embedder(now);
        for (const each of settings.applications) {
          expect([each.mode, each.destinations]).toEqual(['all', undefined]);
          const isFramed = told !== null && (each.framing?.embedder ?? told) !== undefined;
          expect(framingsOf({ ...each, page: pageOf(each) }, settings)).toHaveLength(isFramed ? 1 : 0);
        }
      }),
    );
  });

  test('are the same once the file was rewritten, and again after another start, which changes nothing', () => {
    fc.assert(
      fc.property(ofVersion1, (file) => {
        const dir = tempDir();
        const text = JSON.stringify(file);
        writeFileSync(join(dir, 'settings.json'), text);
        const first = openSettings(dir, {});
        first.keepGood();
        const isOld = 'version' in file || 'destination' in file;
        expect(filesIn(dir)).toEqual(
          isOld
            ? {
                'settings.good.json': expect.anything(),
                'settings.json': expect.anything(),
                'settings.v1.json': text,
              }
            : { 'settings.good.json': text, 'settings.json': text },
        );
        const written = filesIn(dir);
        const second = openSettings(dir, {});
        expect([second.current, second.isPortNamed]).toEqual([first.current, first.isPortNamed]);
        second.keepGood();
        expect(filesIn(dir)).toEqual(written);
      }),
      { numRuns: 40 },
    );
  });
});

function filesIn(dir: string): Record<string, string> {
  return Object.fromEntries(readdirSync(dir).map((name) => [name, readFileSync(join(dir, name), 'utf8')]));
}

const OLD = JSON.stringify({
  version: 1,
  port: 1234,
  destination: { kind: 'genesys-cloud', region: 'mypurecloud.de', clientId: 'c' },
});

function oldFolder(text = OLD): string {
  const dir = tempDir();
  writeFileSync(join(dir, 'settings.json'), text, { mode: 0o600 });
  return dir;
}

describe('a file of version 1', () => {
  test('is rewritten once poptray has started with it, and not before; the old one is kept for its owner alone', () => {
    const dir = oldFolder();
    const settings = openSettings(dir, {});
    expect(filesIn(dir)).toEqual({ 'settings.json': OLD });
    settings.keepGood();
    const now = filesIn(dir);
    expect(now['settings.v1.json']).toBe(OLD);
    expect(now['settings.good.json']).toBe(now['settings.json']);
    // What it does not say stays unsaid.
    expect(JSON.parse(now['settings.json'] ?? '')).toEqual({
      version: 2,
      port: 1234,
      destinations: [{ id: 'genesys', kind: 'genesys-screenpops', region: 'mypurecloud.de', clientId: 'c' }],
    });
    if (process.platform !== 'win32')
      for (const name of Object.keys(now)) expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600);
  });

  test('that somebody has put back over the new one is taken again, and neither is lost', () => {
    const dir = oldFolder();
    openSettings(dir, {}).keepGood();
    const back = OLD.replace('1234', '4321');
    writeFileSync(join(dir, 'settings.json'), back);
    const again = openSettings(dir, {});
    expect(again.current.port).toBe(4321);
    again.keepGood();
    expect(filesIn(dir)).toMatchObject({ 'settings.v1.json': back, 'settings.replaced-1.json': OLD });
  });

  test('that somebody changes between start and rewriting is left for the next start', () => {
    const dir = oldFolder();
    const settings = openSettings(dir, {});
    const changed = OLD.replace('1234', '5555');
    writeFileSync(join(dir, 'settings.json'), changed);
    settings.keepGood();
    expect(filesIn(dir)['settings.json']).toBe(changed);
    expect(filesIn(dir)).not.toHaveProperty('settings.v1.json');
  });

  test.skipIf(process.platform === 'win32')('that others have placed is read, and left as it is', () => {
    const [dir, theirs] = [tempDir(), join(tempDir(), 'theirs.json')];
    writeFileSync(theirs, OLD, { mode: 0o644 });
    symlinkSync(theirs, join(dir, 'settings.json'));
    const settings = openSettings(dir, {});
    expect(settings.current.destinations).toMatchObject([{ id: 'genesys' }]);
    settings.keepGood();
    expect(lstatSync(join(dir, 'settings.json')).isSymbolicLink()).toBe(true);
    expect(readFileSync(theirs, 'utf8')).toBe(OLD);
  });

  test('counts by its last good copy while it is broken, whatever version that is of', () => {
    const dir = oldFolder();
    writeFileSync(join(dir, 'settings.good.json'), OLD, { mode: 0o600 });
    writeFileSync(join(dir, 'settings.json'), OLD.slice(0, -9));
    const settings = openSettings(dir, {});
    expect(settings.current.destinations).toMatchObject([{ id: 'genesys' }]);
    expect(settings.fault).toContain('not a JSON object');
    settings.keepGood();
    expect(filesIn(dir)['settings.json']).toBe(OLD.slice(0, -9));
  });

  test('is told by its own names what is wrong with it', () => {
    expect(refusal({ version: 1, destination: { kind: 'genesys-cloud' } })).toContain('  destination: needs');
    expect(refusal({ version: 1, destination: { kind: 'genesys-cloud', region: 'X Y' } })).toContain(
      '  destination.region: must be a region domain',
    );
    expect(refusal({ version: 1, destination: 'genesys-cloud' })).toContain('  destination: ');
    expect(refusal({ version: 1, destinations: [] })).toContain('say "version": 2');
    expect(refusal({ version: 2, destination: { kind: 'simulator' } })).toContain('destination');
    expect(refusal({ destinations: [], destination: { kind: 'simulator' } })).toContain('destinations');
  });

  test('is there, in one place or the other, when the start is killed before any change of a file; the next one ends it', {
    timeout: 120_000,
  }, () => {
    const hook = pathToFileURL(join(import.meta.dirname, '../support/die-at-change.ts')).href;
    const whole = oldFolder();
    openSettings(whole, {}).keepGood();
    let kills = 0;
    for (let at = 1; ; at += 1) {
      const dir = oldFolder();
      const { signal, status, stderr } = spawnSync(
        process.execPath,
        [`--import=${hook}`, join(import.meta.dirname, 'upgrade-start.ts'), dir],
        { env: { ...process.env, DIE_AT_CHANGE: String(at), NODE_COMPILE_CACHE: '' }, encoding: 'utf8' },
      );
      if (signal === null) {
        expect([status, stderr]).toEqual([0, '']);
        break;
      }
      kills += 1;
      const now = filesIn(dir);
      expect([now['settings.json'], now['settings.v1.json']], `at ${at}`).toContain(OLD);
      const next = openSettings(dir, {});
      expect([next.fault, next.current], `at ${at}`).toEqual([null, openSettings(whole, {}).current]);
      next.keepGood();
      const { 'settings.json': last, 'settings.v1.json': kept } = filesIn(dir);
      expect([last, kept], `at ${at}`).toEqual([filesIn(whole)['settings.json'], OLD]);
    }
    // Three files, each written beside its place and renamed.
    expect(kills).toBeGreaterThanOrEqual(6);
  });
});
