import { describe, expect, test } from 'vitest';
import {
  destinationDraftOf,
  destinationOfDraft,
  fieldsOf,
  withText,
} from '../../renderer/views/settings/destination-draft.ts';
import type { DestinationKind } from '../../shared/destinations/fields.ts';
import { destinationForms, destinationKinds, destinationSchema } from '../../shared/destinations/forms.ts';

const GENESYS = {
  id: 'eu',
  kind: 'genesys-screenpops',
  region: 'mypurecloud.de',
  clientId: 'id',
  scope: '',
} as const;
const madeBy = (draft: ReturnType<typeof destinationDraftOf>) =>
  destinationOfDraft(draft, destinationKinds, 0);

test('whoever switches from a kind to any other gets none of its members, and those that were typed are there when switching back', () => {
  const draft = destinationDraftOf(GENESYS, destinationKinds, 0);
  for (const { kind, fields } of destinationKinds) {
    const { destination } = madeBy({ ...draft, kind });
    const own = new Set(['id', 'kind', ...fields.map(({ path }) => path.split('.')[0])]);
    expect(Object.keys(destination as object).filter((member) => !own.has(member))).toEqual([]);
    expect(madeBy({ ...draft, kind: 'genesys-screenpops' }).destination).toEqual(GENESYS);
  }
  expect(madeBy({ ...draft, kind: 'simulator' }).destination).toEqual({ id: 'eu', kind: 'simulator' });
  expect(destinationSchema.safeParse(madeBy({ ...draft, kind: 'simulator' }).destination).success).toBe(true);
});

test('a region and an address of one’s own exclude each other', () => {
  const draft = destinationDraftOf(GENESYS, destinationKinds, 0);
  const elsewhere = withText(withText(draft, 'region', ''), 'baseUrl', 'https://pops.example');
  expect(madeBy(elsewhere).destination).toEqual({
    id: 'eu',
    kind: 'genesys-screenpops',
    baseUrl: 'https://pops.example',
    clientId: 'id',
    scope: '',
  });
  expect(madeBy(withText(elsewhere, 'region', 'mypurecloud.ie')).destination).not.toHaveProperty('baseUrl');
  const shown = destinationDraftOf(
    { id: 'eu', kind: 'genesys-screenpops', baseUrl: 'https://pops.example' } as never,
    destinationKinds,
    0,
  );
  expect(fieldsOf(shown, destinationKinds).map(({ path }) => path)).toContain('baseUrl');
});

test('a new destination has what its form proposes', () => {
  const draft = destinationDraftOf({ id: 'a', kind: 'simulator' }, destinationKinds, 0);
  expect(madeBy({ ...draft, kind: 'genesys-screenpops' }).destination).toEqual({
    id: 'a',
    kind: 'genesys-screenpops',
    region: 'mypurecloud.com',
    scope: 'screenpops:write',
  });
});

test('every member of every kind’s settings has a field, and each field a member', () => {
  for (const { kind, config, fields } of destinationForms) {
    const members = Object.keys(config.shape).filter(
      (member) => !['id', 'kind', 'required'].includes(member),
    );
    const asked = new Set(fields.map(({ path }: { path: string }) => path.split('.')[0]));
    expect([kind, [...asked].toSorted()]).toEqual([kind, members.toSorted()]);
  }
});

describe('a field', () => {
  const kinds: DestinationKind[] = [
    {
      kind: 'made',
      usualId: 'made',
      label: 'Made',
      hint: '',
      fields: [
        { path: 'name', label: 'Name', control: 'text' },
        { path: 'may.be', label: 'May', control: 'text', mayBeEmpty: true },
        { path: 'may.deep', label: 'Deep', control: 'text', when: { path: 'name', is: ['deep'] } },
        { path: 'numbers', label: 'Numbers', control: 'numbers' },
        { path: 'number', label: 'Number', control: 'number' },
        { path: 'list', label: 'List', control: 'list' },
        { path: 'pairs', label: 'Pairs', control: 'pairs' },
        { path: 'json', label: 'JSON', control: 'json' },
        { path: 'yes', label: 'Yes', control: 'check' },
      ],
    },
  ];
  const whole = {
    id: 'a',
    kind: 'made',
    name: 'deep',
    may: { be: '', deep: 'x' },
    numbers: [200, 204],
    number: 5,
    list: ['https://a.example', 'https://b.example'],
    pairs: { 'x-a': 'one: two', 'x-b': 'b' },
    json: { a: ['{uri}', 1] },
    yes: true,
  };

  test('of each control makes the value that it was made from', () => {
    const made = destinationOfDraft(destinationDraftOf(whole, kinds, 0), kinds, 0);
    expect(made).toEqual({ destination: whole, problems: [] });
  });

  test('that is empty leaves its member out, unless empty is a value', () => {
    const made = destinationOfDraft(destinationDraftOf({ id: 'a', kind: 'made' }, kinds, 0), kinds, 0);
    expect(made).toEqual({ destination: { id: 'a', kind: 'made', may: { be: '' } }, problems: [] });
  });

  test('that there is not as things stand is not saved', () => {
    const draft = withText(destinationDraftOf(whole, kinds, 0), 'name', 'other');
    expect(destinationOfDraft(draft, kinds, 3).destination).toMatchObject({ may: { be: '' } });
    expect(fieldsOf(draft, kinds).map(({ path }) => path)).not.toContain('may.deep');
  });

  test('that is no JSON says so, and one that is no number is left to the schema', () => {
    const draft = withText(withText(destinationDraftOf(whole, kinds, 0), 'json', '{'), 'numbers', '200 x');
    const { destination, problems } = destinationOfDraft(draft, kinds, 3);
    expect(problems).toEqual([{ pointer: '/destinations/3/json', detail: 'must be JSON' }]);
    expect(destination).toMatchObject({ numbers: [200, 'x'] });
  });
});
