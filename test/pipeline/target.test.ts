import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPlaceholder } from '../../main/pipeline/placeholders.ts';
import { applicationSchema } from '../../shared/application.ts';
import { createWorld, type World } from './world.ts';

const CRM = 'https://crm.example';
const TARGET = `${CRM}/contacts/{id}/view{?call.from,note}`;

/** A pipeline whose one application is this. */
function worldOf(application: object): World {
  const world = createWorld();
  const parsed = applicationSchema.parse({ id: 'crm', allowedOrigins: [CRM], ...application });
  world.settings.config = { ...world.settings.config, applications: [parsed] };
  return world;
}

const withTarget = (more: object = {}) =>
  worldOf({ target: TARGET, exposes: ['id', 'call.from', 'note'], ...more });

describe('a target', () => {
  test('is filled from the context, which stays out of its fragment', async () => {
    const world = withTarget();
    await world.pop({
      call: { from: '+49 30 1', direction: 'inbound' },
      customerData: { id: 'a/b', other: 'x' },
      sessionToken: 's',
    });
    expect(world.sent()[0]?.uri).toBe(`${CRM}/contacts/a%2Fb/view?call.from=%2B49%2030%201`);
  });

  test('has the context in its fragment where that is asked for', async () => {
    const world = withTarget({ fragment: true });
    await world.pop({ customerData: { id: '1' }, sessionToken: 's' });
    expect(world.sent()[0]?.uri).toBe(`${CRM}/contacts/1/view#sessionToken=s&id=1`);
  });

  test('stands in the log as its template', async () => {
    const world = withTarget();
    await world.pop({ customerData: { id: 'hunter2', note: 'hunter2' } });
    expect(world.log.entries.map(({ target }) => target)).toEqual([TARGET, TARGET]);
    expect(JSON.stringify(world.log.entries)).not.toContain('hunter2');
  });

  test.each([{}, { id: '' }])('without what its path needs (%j) is incomplete', async (customerData) => {
    const world = withTarget();
    await expect(world.pop({ customerData })).rejects.toMatchObject({
      code: 'target_incomplete',
      details: { errors: [{ pointer: '/customerData/id' }] },
    });
    expect(world.http.calls).toEqual([]);
  });

  test('without what its path needs is the fallback page', async () => {
    const world = withTarget({ fallback: `${CRM}/search#/new` });
    await world.pop({ customerData: {} });
    expect(world.sent()[0]?.uri).toBe(`${CRM}/search#/new`);
    expect(world.log.entries[0]?.target).toBe(`${CRM}/search`);
  });

  test.each(['.', '..'])('is not left by a step in its path: %s', async (id) => {
    const world = withTarget();
    await expect(world.pop({ customerData: { id } })).rejects.toMatchObject({
      code: 'invalid_trigger',
      details: { errors: [{ pointer: '/customerData/id' }] },
    });
  });
});

describe('an application', () => {
  const faults = (application: object) =>
    applicationSchema
      .safeParse({ id: 'crm', allowedOrigins: [CRM], ...application })
      .error?.issues.map(({ path, message }) => `${path.join('/')} ${message}`) ?? [];

  test.each([
    [{}, 'baseUri must be there, or "target"'],
    [{ baseUri: `${CRM}/`, target: `${CRM}/` }, 'target stands instead of baseUri'],
    [{ baseUri: `${CRM}/find?phone={caller}` }, 'baseUri has a brace'],
    [{ baseUri: `${CRM}/100%` }, 'baseUri has a % that'],
    [
      { baseUri: 'https://other.example/' },
      'allowedOrigins must have the page’s own origin, https://other.example',
    ],
    [
      { target: 'https://other.example/{id}', exposes: ['id'] },
      'allowedOrigins must have the page’s own origin',
    ],
    [
      { target: `${CRM}/`, fallback: 'https://other.example/' },
      'allowedOrigins must have the page’s own origin',
    ],
    [{ target: `${CRM}/{id}` }, 'exposes must name id'],
    [{ target: `${CRM}/{id}`, exposes: ['other'] }, 'exposes must name id'],
    [
      { target: `${CRM}/{sessionToken}`, exposes: ['sessionToken'] },
      'target must not have the variable sessionToken',
    ],
    [{ target: `${CRM}/{call.nothing}`, exposes: ['call.nothing'] }, 'target must not have the variable'],
    [{ baseUri: `${CRM}/`, exposes: ['id'] }, 'exposes goes with "target" alone'],
    [{ baseUri: `${CRM}/`, fallback: `${CRM}/` }, 'fallback goes with "target" alone'],
    [
      { target: `${CRM}/{id}`, exposes: ['id'], context: 'sealed', fragment: true },
      'exposes cannot be where',
    ],
    [{ target: `${CRM}/`, context: 'sealed' }, 'fragment must be true for a sealed context'],
    [{ baseUri: `${CRM}/`, contextLifetimeMs: 1000 }, 'contextLifetimeMs goes with a sealed context alone'],
    [{ baseUri: 'http://crm.example/' }, 'baseUri must be an absolute https URL'],
  ])('is refused: %j', (application, why) => {
    expect(faults(application).some((fault) => fault.startsWith(why))).toBe(true);
  });

  test('of who develops a page may be on this machine, without TLS', () => {
    expect(faults({ baseUri: 'http://localhost:5173/', allowedOrigins: ['http://localhost:5173'] })).toEqual(
      [],
    );
  });
});

describe('a placeholder', () => {
  test.each([
    '%Name%',
    '%%CallerNumber%%',
    '{Name}',
    '\u0024{Name}',
    '$Name',
    '$caller$',
    '[Name]',
    '<Name>',
  ])('is known: %s', (text) => {
    expect(isPlaceholder(text)).toBe(true);
  });

  test.each([
    'Name',
    '100%',
    '%',
    '$100',
    '$',
    '{}',
    'a {Name}',
    '{Name} b',
    '<b>x</b>',
    '[1]',
    '%20',
    '+49',
    '{a b}',
  ])('is not everything that looks like one: %s', (text) => {
    expect(isPlaceholder(text)).toBe(false);
  });

  test('in the caller’s place is refused with its own word, which the log does not get', async () => {
    const world = worldOf({ baseUri: `${CRM}/` });
    await expect(world.pop({ call: { from: '%CallerNumber%', direction: 'inbound' } })).rejects.toMatchObject(
      {
        code: 'invalid_trigger',
        details: {
          errors: [
            {
              pointer: '/call/from',
              detail: 'is a placeholder, which the phone has not filled in',
              told: 'is %CallerNumber%, which the phone has not filled in',
            },
          ],
        },
      },
    );
    expect(world.log.entries).toEqual([]);
  });

  test('in the place of a variable that the target uses is refused', async () => {
    const world = withTarget();
    const errors = [{ pointer: '/customerData/note' }];
    await expect(world.pop({ customerData: { id: '1', note: '{Note}' } })).rejects.toMatchObject({
      code: 'invalid_trigger',
      details: { errors },
    });
  });

  test('counts as absent elsewhere: two calls with the id that nobody filled in are two', async () => {
    const world = worldOf({ baseUri: `${CRM}/` });
    const unfilled = { interactionId: '{CallId}', idempotencyKey: '$uuid', sessionToken: '[token]' };
    await world.pop({
      ...unfilled,
      call: { from: '+49301', fromName: '%Name%', direction: 'inbound' },
      customerData: { a: '<A>' },
    });
    await world.pop({ ...unfilled, call: { from: '+49302', direction: 'inbound' } });
    expect(world.sent().map(({ uri }) => new URLSearchParams(new URL(uri).hash.slice(1)).toString())).toEqual(
      [
        'call.from=%2B49301&call.fromRaw=%2B49301&call.direction=inbound&call.remote=%2B49301&call.digits=49301',
        'call.from=%2B49302&call.fromRaw=%2B49302&call.direction=inbound&call.remote=%2B49302&call.digits=49302',
      ],
    );
  });

  test('counts as a value where the application says so', async () => {
    const world = worldOf({ baseUri: `${CRM}/`, allowPlaceholders: true });
    await world.pop({ customerData: { a: '{A}' } });
    expect(world.sent()[0]?.uri).toBe(`${CRM}/#a=%7BA%7D`);
  });

  test('never is a text with anything beside it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), (before, after) => {
        expect(isPlaceholder(`x${before}{Name}${after}`)).toBe(false);
      }),
    );
  });
});
