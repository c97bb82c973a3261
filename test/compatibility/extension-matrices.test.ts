import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openMatrices } from '../../main/compatibility/extension-matrices.ts';
import { extensionMatrixSchema } from '../../shared/extension-matrix.ts';
import { settingsSchema } from '../../shared/settings.ts';
import { tempDir } from '../support/temp-dir.ts';
import { startTestApp, USER } from '../support/test-app.ts';

const ID = 'abcdefghijklmnopabcdefghijklmnop';
const MATRIX = { version: 1, extensions: [{ id: ID, versions: '>=2', maxUriLength: 60 }] };
const CRM = {
  id: 'crm',
  baseUri: 'https://crm.example/',
  allowedOrigins: ['https://crm.example'],
  state: {},
  mode: 'all' as const,
};

/** What opens of an application whose matrix is a file with this text; none for no file. */
async function open(text: string | undefined) {
  const dataDir = tempDir();
  if (text !== undefined) writeFileSync(join(dataDir, 'matrix.json'), text);
  const settings = settingsSchema.parse({ applications: [{ ...CRM, extensionMatrix: 'matrix.json' }] });
  return openMatrices(settings, dataDir);
}

test('a file beside the settings is read, also with a byte order mark', async () => {
  for (const text of [JSON.stringify(MATRIX), `\uFEFF${JSON.stringify(MATRIX)}`]) {
    const { matrices, unfit } = await open(text);
    expect([[...matrices.keys()], unfit]).toEqual([['crm'], []]);
  }
});

test.each([
  ['no file', undefined, /^the file cannot be read: ENOENT$/],
  ['no JSON', '{', /^the file is not JSON$/],
  ['no object', 'null', /^\(all\) /],
  ['no extensions', '{"version":1}', /^\/extensions /],
  ['an empty list, which would refuse everything', '{"version":1,"extensions":[]}', /^\/extensions /],
  ['another version', '{"version":2,"extensions":[{"id":"a"}]}', /^\/version /],
  ['a member that nobody knows', '{"version":1,"extensions":[{"id":"a","mode":1}]}', /^\/extensions\/0 /],
  [
    'a range that is none',
    '{"version":1,"extensions":[{"id":"a","versions":"newest"}]}',
    /^\/extensions\/0\/versions must be/,
  ],
  [
    'a pattern that is none',
    '{"version":1,"extensions":[{"id":"a","hosts":["x"]}]}',
    /^\/extensions\/0\/hosts\/0 must be/,
  ],
  ['a huge file', ' '.repeat(1024 * 1024 + 1), /^the file is larger than 1 MiB$/],
])('%s is said where it is, and nothing is taken for "any"', async (_name, text, reason) => {
  const { matrices, unfit } = await open(text);
  const refused = matrices.get('crm')?.({ client: undefined, uri: CRM.baseUri, state: {} });
  expect(refused?.rule).toBe('matrix-unfit');
  expect(unfit).toEqual([{ id: 'crm', index: 0, reason: expect.stringMatching(reason) }]);
});

test('a matrix that is none refuses pops of its application alone, is told, and ends with the next save', async () => {
  const wiki = { ...CRM, id: 'wiki' };
  const settings = { applications: [{ ...CRM, extensionMatrix: 'matrix.json' }, wiki] };
  const app = await startTestApp({ settings });
  const troubles = async () => {
    const status = await app.dashboard.call('status', {});
    return status.ok && status.value.troubles;
  };
  const pop = async (application: string) => {
    const reply = await app.post({ userId: USER, application });
    return [reply.status, ((await reply.json()) as { detail?: string }).detail];
  };
  expect(await pop('crm')).toEqual([422, expect.stringMatching(/^matrix-unfit: /)]);
  expect((await pop('wiki'))[0]).toBe(200);
  expect(await troubles()).toMatchObject([
    {
      part: 'extension matrix',
      name: 'crm',
      why: expect.stringContaining('the file cannot be read: ENOENT'),
    },
  ]);
  writeFileSync(join(app.dataDir, 'matrix.json'), JSON.stringify(MATRIX));
  expect(await app.dashboard.call('settingsSet', { settings })).toMatchObject({ ok: true });
  expect([(await pop('crm'))[0], await troubles()]).toEqual([200, []]);
});

test('settings with a matrix that is none are not saved', async () => {
  const settings = { applications: [{ ...CRM, extensionMatrix: 'matrix.json' }] };
  const app = await startTestApp();
  expect(await app.dashboard.call('settingsSet', { settings })).toEqual({
    ok: true,
    value: { errors: [{ pointer: '/applications/0/extensionMatrix', detail: expect.any(String) }] },
  });
});

test('a trigger whose extension does not fit is refused with the rule, before anything is sent', async () => {
  const dataDir = tempDir();
  writeFileSync(join(dataDir, 'matrix.json'), JSON.stringify(MATRIX));
  const app = await startTestApp({
    dataDir,
    settings: { applications: [{ ...CRM, extensionMatrix: 'matrix.json' }] },
  });
  const answer = async (client: object, customerData = {}) => {
    // One call: a refused trigger must not count as its pop.
    const reply = await app.post({ userId: USER, client, customerData, interactionId: 'call-1' });
    const { detail, code } = (await reply.json()) as { detail?: string; code?: string };
    return [reply.status, code, detail];
  };
  expect(await answer({ extensionId: ID, extensionVersion: '1.9' })).toEqual([
    422,
    'extension_incompatible',
    `extension-version: ${ID} is needed in >=2`,
  ]);
  expect(await answer({ extensionId: 'another' })).toEqual([
    422,
    'extension_incompatible',
    expect.any(String),
  ]);
  const long = { name: 'a'.repeat(60) };
  expect(await answer({ extensionId: ID, extensionVersion: '2.0' }, long)).toEqual([
    422,
    'extension_incompatible',
    expect.stringMatching(/^uri-length: /),
  ]);
  expect(await answer({ extensionId: ID, extensionVersion: '2.0' })).toEqual([200, undefined, undefined]);
  expect(app.entries().filter(({ type }) => type === 'intent')).toHaveLength(1);
  const preview = await app.dashboard.call('popPreview', {
    trigger: { userId: USER, client: { extensionId: 'another' } },
  });
  expect(preview).toMatchObject({ ok: true, value: { code: 'extension_incompatible' } });
});

test('the simulator has a matrix of its own: it knows one extension, and lets others pass', async () => {
  const app = await startTestApp();
  const status = async (client: object) => (await app.post({ userId: USER, client })).status;
  expect(
    await status({ extensionId: ID, extensionVersion: '3.1.0', browser: 'Chrome', browserVersion: '156' }),
  ).toBe(200);
  expect(await status({ extensionId: ID, extensionVersion: '1.0.0' })).toBe(422);
  expect(await status({ extensionId: 'my-own', extensionVersion: '1.0.0', browser: 'firefox' })).toBe(200);
});

test('the example in docs/compatibility.md is a matrix', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/compatibility.md'), 'utf8');
  const examples = [...page.matchAll(/```json\n(\{[\s\S]*?)```/g)].map(([, text]) => JSON.parse(text ?? ''));
  const [matrix] = examples.filter((one) => 'extensions' in one);
  expect(extensionMatrixSchema.safeParse(matrix).error).toBeUndefined();
});
