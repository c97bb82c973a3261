import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { auditEntrySchema } from '../../shared/audit.ts';
import { SAMPLE_APPLICATION } from '../../shared/settings.ts';
import { startStubDestination } from '../support/stub-destination.ts';
import { startTestApp, USER } from '../support/test-app.ts';
import { startBareEndpoint } from './bare-endpoint.ts';
import { call, callText, type RawRequest } from './raw-connection.ts';

/** Stands for whatever is the customer's or secret. */
const MARK = 'MARKED-8471';

const marked = {
  customerData: { name: MARK },
  sessionToken: MARK,
  state: { note: MARK },
  interactionId: MARK,
};
const body = JSON.stringify({ userId: USER, ...marked });

test('every refused trigger leaves its entry, with who and why and nothing of the customer', async () => {
  const destination = await startStubDestination();
  const app = await startTestApp({ destination: destination.url });
  const { port } = app.endpoint;
  const path = `/trigger-screenpop?${MARK}`;
  const refused: [string, RawRequest][] = [
    ['misdirected', { path, body, headers: { host: `${MARK}.test` } }],
    ['forbidden_origin', { path, body, headers: { origin: `http://${MARK}.test` } }],
    ['method_not_allowed', { path, body, method: 'PUT' }],
    ['not_found', { path: `/${MARK}`, body }],
    ['unsupported_media_type', { path, body, headers: { 'content-type': `text/${MARK}` } }],
    ['unauthorized', { path, body, headers: { authorization: `Bearer ${MARK}` } }],
    ['too_large', { path, body: `${body}${' '.repeat(64 * 1024)}` }],
    ['invalid_json', { path, body: body.slice(1) }],
    ['invalid_trigger', { path, body: JSON.stringify({ userId: MARK.repeat(9), ...marked, [MARK]: 1 }) }],
    ['invalid_trigger', { path, body, headers: { 'idempotency-key': `"${MARK}` } }],
    ['target_not_allowed', { path, body: JSON.stringify({ userId: USER, ...marked, application: MARK }) }],
  ];
  for (const [code, request] of refused) expect((await call(port, request)).problem.code).toBe(code);
  await callText(port, `POST ${path} HTTP/1.1\r\nX ${MARK}: ${MARK}\r\n\r\n`);
  await app.stop();

  const entries = app.entries().filter(({ type }) => type === 'refused');
  expect(entries.map(({ code }) => code)).toEqual([...refused.map(([code]) => code), 'bad_request']);
  for (const entry of entries) {
    expect(auditEntrySchema.strict().parse(entry)).toEqual(entry);
    expect(entry).toMatchObject({ status: 'refused', success: false, focusTracked: false, attempts: 0 });
  }
  const byToken = entries.filter(({ client }) => client !== null);
  expect(byToken.map(({ code, client, endpoint }) => [code, client, endpoint])).toEqual(
    ['too_large', 'invalid_json', 'invalid_trigger', 'invalid_trigger', 'target_not_allowed'].map((code) => [
      code,
      'environment',
      '/trigger-screenpop',
    ]),
  );
  expect(entries.find(({ code }) => code === 'target_not_allowed')?.userId).toBe(USER);
  expect(entries.map(({ errors }) => errors?.map(({ pointer }) => pointer))).toContainEqual([
    '/userId',
    '/#6',
  ]);
  expect(destination.pops).toEqual([]);
  for (const file of readdirSync(app.dataDir, { recursive: true, withFileTypes: true })) {
    if (file.isFile()) expect(readFileSync(join(file.parentPath, file.name)).includes(MARK)).toBe(false);
  }
});

test('C11 the entry of a wrong trigger says which members were wrong, by position where the name is a stranger’s', async () => {
  const state = { uiMode: 'focused' };
  const settings = { applications: [{ ...SAMPLE_APPLICATION, state }] };
  const app = await startTestApp({ settings });
  const bad = '\\ud800';
  const sent = [
    `{"userId":"${USER}","phase":"${MARK}","call":{"direction":"${MARK}","${MARK}":1},"client":{"${MARK}":1}}`,
    `{"userId":"${USER}","customerData":{"a":"","${MARK}":["${MARK}"],"${MARK}\\t":""}}`,
    `{"userId":"${USER}","state":{"uiMode":"${bad}","${MARK}":"${MARK}"}}`,
    `{"userId":"${USER}","state":{"uiMode":{"${MARK}":1,"list":[0,{"b":1,"${MARK}":1,"${MARK}":2}]}}}`,
    `{"customerData":{"${MARK}":"","__proto__":"${MARK}"}}`,
  ];
  const pointers = [
    ['/phase', '/call/direction', '/call/#2', '/client/#1'],
    ['/customerData/#2', '/customerData/#3'],
    ['/state/uiMode'],
    ['/state/uiMode/#2/1/#3'],
    ['/customerData/#2'],
  ];
  for (const body of sent) expect((await call(app.endpoint.port, { body })).status).toBe(400);
  await app.stop();
  const entries = app.entries().filter(({ type }) => type === 'refused');
  expect(entries.map(({ errors }) => errors?.map(({ pointer }) => pointer).sort())).toEqual(
    pointers.map((list) => list.sort()),
  );
  expect(entries[0]).toMatchObject({ client: 'environment', code: 'invalid_trigger' });
  expect(entries[0]?.errors?.[0]).toEqual({
    pointer: '/call/direction',
    detail: 'must be one of inbound, outbound',
  });
  expect(JSON.stringify(entries)).not.toContain(MARK);
});

test('an entry names no more than eight wrong members, however many there are', async () => {
  const app = await startTestApp();
  const members = Array.from({ length: 300 }, (_, n) => `"${MARK}${n}":1`);
  await call(app.endpoint.port, { body: `{${members.join(',')}}` });
  await app.stop();
  expect(app.entries().at(-1)?.errors).toHaveLength(8);
});

test.each([
  ['{"userId":', 'invalid_json', 'the body could not be parsed as JSON', {}],
  [
    body,
    'invalid_trigger',
    'the Idempotency-Key header must hold 1 to 255 visible ASCII characters',
    { 'idempotency-key': '"' },
  ],
])('the entry of a body that is wrong as a whole says so: %s', async (sent, code, detail, headers) => {
  const { port, recorded } = await startBareEndpoint();
  expect((await call(port, { body: sent, headers })).status).toBe(400);
  expect(recorded).toMatchObject([
    { type: 'refused', client: 'test', code, errors: [{ pointer: '', detail }] },
  ]);
});

test('a GET of the trigger path and a posted form are told the ways that their phones have (C18)', async () => {
  const { port } = await startBareEndpoint();
  const got = await call(port, { method: 'GET', path: '/trigger-screenpop?userId=a&caller=1' });
  const form = await call(port, {
    body: 'caller=1',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  expect([got.status, got.headers.allow, form.status]).toEqual([405, 'POST', 415]);
  for (const { problem } of [got, form]) {
    expect(problem.hint).toContain('poptray://call?raw=');
    expect(problem.hint).toContain('"poptray call"');
  }
});
