/** What the dialog says of a change of where pops go; the built product asks it in confirm-changes.test.ts. */
import type { MessageBoxOptions } from 'electron';
import { expect, test } from 'vitest';
import { confirmingChanges } from '../../main/electron/confirm-changes.ts';
import { settingsSchema } from '../../shared/settings.ts';

const GENESYS = { id: 'genesys', kind: 'genesys-screenpops', region: 'mypurecloud.ie', clientId: 'c' };
const CRM = { id: 'crm', kind: 'http', url: 'https://crm.example/pops' };
const BEFORE = { destinations: [GENESYS, CRM] };
const IRELAND = 'Genesys Cloud at mypurecloud.ie as c';
const SERVICE = 'POST https://crm.example/pops as nobody';

/** The lines that the dialog has when one is saved over the other; null when it does not come up. */
async function linesOf(before: object, after: object): Promise<string[] | null> {
  const { updateFeed: _, ...settings } = settingsSchema.parse({ ...BEFORE, ...before });
  const asked: MessageBoxOptions[] = [];
  const dashboard = {
    call: async (name: string) =>
      name === 'settingsGet' ? { ok: true, value: { settings } } : { ok: false, code: 'refused' },
  };
  const confirming = confirmingChanges(dashboard as never, async (options) => {
    asked.push(options);
    return { response: 1 };
  });
  await confirming.call('settingsSet', { settings: { ...settings, ...after } as never, secrets: [] });
  const [question] = asked;
  return question ? ((question.detail ?? '').split('\n\n')[0] ?? '').split('\n') : null;
}

const application = (way: object) => ({
  applications: [{ id: 'a', baseUri: 'https://a.example/', allowedOrigins: ['https://a.example'], ...way }],
});

test.each<[string, object, string[] | null]>([
  ['none', { destinations: [GENESYS, CRM] }, null],
  [
    'a new one',
    { destinations: [GENESYS, CRM, { id: 'desk', kind: 'simulator' }] },
    ['Destination desk: pops go to the simulator'],
  ],
  [
    'another place of one',
    { destinations: [GENESYS, { ...CRM, url: 'https://thief.example/pops' }] },
    [`Destination crm: pops go to POST https://thief.example/pops as nobody, not to ${SERVICE}`],
  ],
  [
    'another client',
    { destinations: [{ ...GENESYS, clientId: 'd' }, CRM] },
    [`Destination genesys: pops go to Genesys Cloud at mypurecloud.ie as d, not to ${IRELAND}`],
  ],
  [
    'another id',
    { destinations: [GENESYS, { ...CRM, id: 'wallboard' }] },
    [`Destination wallboard: pops go to ${SERVICE}`, 'Destination crm: no longer'],
  ],
  ['one less', { destinations: [CRM] }, ['Destination genesys: no longer']],
  [
    'one that need not be reached any more',
    { destinations: [GENESYS, { ...CRM, required: false }] },
    ['Destination crm: not required'],
  ],
  [
    'another body for the same place',
    { destinations: [GENESYS, { ...CRM, body: { page: '{uri}' } }] },
    [`Destination crm: pops go to ${SERVICE} in another way`],
  ],
  [
    'both',
    { destinations: [GENESYS, { id: 'crm', kind: 'simulator', required: false }] },
    [`Destination crm: pops go to the simulator, not to ${SERVICE}, not required`],
  ],
  ['a word for what it was already', { destinations: [{ ...GENESYS, required: true }, CRM] }, null],
  ['the order, where all get every pop', { destinations: [CRM, GENESYS] }, null],
])('a change of the destinations: %s', async (_, after, lines) => {
  expect(await linesOf({}, after)).toEqual(lines);
});

test.each<[string, object, object, string[] | null]>([
  ['the same', { destinations: ['crm'] }, { destinations: ['crm'] }, null],
  ['some instead of all', {}, { destinations: ['crm'] }, ['Pops of a go to crm, not to every destination']],
  [
    'another',
    { destinations: ['crm'] },
    { destinations: ['genesys'] },
    ['Pops of a go to genesys, not to crm'],
  ],
  [
    'the first that takes them',
    {},
    { mode: 'first' },
    ['Pops of a go to the first that takes them of genesys, crm, not to every destination'],
  ],
  [
    'another order of those that are tried in turn',
    { destinations: ['crm', 'genesys'], mode: 'first' },
    { destinations: ['genesys', 'crm'], mode: 'first' },
    [
      'Pops of a go to the first that takes them of genesys, crm, not to the first that takes them of crm, genesys',
    ],
  ],
])('a change of an application’s way: %s', async (_, before, after, lines) => {
  expect(await linesOf(application(before), application(after))).toEqual(lines);
});

test('the order of the destinations is asked about where an application tries them in turn', async () => {
  const inTurn = application({ mode: 'first' });
  expect(await linesOf(inTurn, { destinations: [CRM, GENESYS] })).toEqual([
    'Pops of a go to the first that takes them of crm, genesys, not to the first that takes them of genesys, crm',
  ]);
});
