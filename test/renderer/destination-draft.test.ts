import { describe, expect, test } from 'vitest';
import {
  destinationDraftOf,
  destinationOfDraft,
  fieldsOf,
  withText,
} from '../../renderer/views/settings/destination-draft.ts';
import type { DestinationKind } from '../../shared/destinations/fields.ts';
import { destinationForms, destinationKinds, destinationSchema } from '../../shared/destinations/forms.ts';

const GENESYS = { kind: 'genesys-cloud', region: 'mypurecloud.de', clientId: 'id', scope: '' } as const;
const madeBy = (draft: ReturnType<typeof destinationDraftOf>) => destinationOfDraft(draft, destinationKinds);

test('whoever switches from a kind to any other gets none of its members, and those that were typed are there when switching back', () => {
  const draft = destinationDraftOf(GENESYS, destinationKinds);
  for (const { kind, fields } of destinationKinds) {
    const { destination } = madeBy({ ...draft, kind });
    const own = new Set(['kind', ...fields.map(({ path }) => path.split('.')[0])]);
    expect(Object.keys(destination as object).filter((member) => !own.has(member))).toEqual([]);
    expect(madeBy({ ...draft, kind: 'genesys-cloud' }).destination).toEqual(GENESYS);
  }
  expect(madeBy({ ...draft, kind: 'simulator' }).destination).toEqual({ kind: 'simulator' });
  expect(destinationSchema.safeParse(madeBy({ ...draft, kind: 'simulator' }).destination).success).toBe(true);
});

test('a region and an address of one’s own exclude each other', () => {
  const draft = destinationDraftOf(GENESYS, destinationKinds);
  const elsewhere = withText(withText(draft, 'region', ''), 'baseUrl', 'https://pops.example');
  expect(madeBy(elsewhere).destination).toEqual({
    kind: 'genesys-cloud',
    baseUrl: 'https://pops.example',
    clientId: 'id',
    scope: '',
  });
  expect(madeBy(withText(elsewhere, 'region', 'mypurecloud.ie')).destination).not.toHaveProperty('baseUrl');
  const shown = destinationDraftOf(
    { kind: 'genesys-cloud', baseUrl: 'https://pops.example' } as never,
    destinationKinds,
  );
  expect(fieldsOf(shown, destinationKinds).map(({ path }) => path)).toContain('baseUrl');
});

test('a new destination has what its form proposes', () => {
  const draft = destinationDraftOf({ kind: 'simulator' }, destinationKinds);
  expect(madeBy({ ...draft, kind: 'genesys-cloud' }).destination).toEqual({
    kind: 'genesys-cloud',
    region: 'mypurecloud.com',
    scope: 'screenpops:write',
  });
});

test('every member of every kind’s settings has a field, and each field a member', () => {
  for (const { kind, config, fields } of destinationForms) {
    const members = Object.keys(config.shape).filter((member) => member !== 'kind');
    const asked = new Set(fields.map(({ path }: { path: string }) => path.split('.')[0]));
    expect([kind, [...asked].toSorted()]).toEqual([kind, members.toSorted()]);
  }
});

describe('a field', () => {
  const kinds: DestinationKind[] = [
    {
      kind: 'made',
      label: 'Made',
      hint: '',
      fields: [
        { path: 'name', label: 'Name', control: 'text' },
        { path: 'may.be', label: 'May', control: 'text', mayBeEmpty: true },
        { path: 'may.deep', label: 'Deep', control: 'text', when: { path: 'name', is: ['deep'] } },
        { path: 'list', label: 'List', control: 'numbers' },
        { path: 'pairs', label: 'Pairs', control: 'pairs' },
        { path: 'json', label: 'JSON', control: 'json' },
        { path: 'yes', label: 'Yes', control: 'check' },
      ],
    },
  ];
  const whole = {
    kind: 'made',
    name: 'deep',
    may: { be: '', deep: 'x' },
    list: [200, 204],
    pairs: { 'x-a': 'one: two', 'x-b': 'b' },
    json: { a: ['{uri}', 1] },
    yes: true,
  };

  test('of each control makes the value that it was made from', () => {
    const made = destinationOfDraft(destinationDraftOf(whole, kinds), kinds);
    expect(made).toEqual({ destination: whole, problems: [] });
  });

  test('that is empty leaves its member out, unless empty is a value', () => {
    const made = destinationOfDraft(destinationDraftOf({ kind: 'made' }, kinds), kinds);
    expect(made).toEqual({ destination: { kind: 'made', may: { be: '' } }, problems: [] });
  });

  test('that there is not as things stand is not saved', () => {
    const draft = withText(destinationDraftOf(whole, kinds), 'name', 'other');
    expect(destinationOfDraft(draft, kinds).destination).toMatchObject({ may: { be: '' } });
    expect(fieldsOf(draft, kinds).map(({ path }) => path)).not.toContain('may.deep');
  });

  test('that is no JSON says so, and one that is no number is left to the schema', () => {
    const draft = withText(withText(destinationDraftOf(whole, kinds), 'json', '{'), 'list', '200 x');
    const { destination, problems } = destinationOfDraft(draft, kinds);
    expect(problems).toEqual([{ pointer: '/destination/json', detail: 'must be JSON' }]);
    expect(destination).toMatchObject({ list: [200, 'x'] });
  });
});
