import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { openApiDocument } from '../../main/endpoint/openapi.ts';
import { errorTable } from '../../main/pipeline/errors.ts';
import { startStubDestination } from '../support/stub-destination.ts';
import { startTestApp, USER } from '../support/test-app.ts';
import { startBareEndpoint } from './bare-endpoint.ts';
import { call } from './raw-connection.ts';

type Json = { readonly [name: string]: Json } & { readonly [index: number]: Json };

// As a client gets it, not as it is built.
const document = JSON.parse(JSON.stringify(openApiDocument())) as Json;
const { paths, components } = document as Required<Pick<Json, 'paths' | 'components'>>;
const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];
const operations = Object.entries(paths as Json).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
);

function* membersOf(value: unknown, path = ''): Generator<[path: string, value: unknown]> {
  yield [path, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) yield* membersOf(member, `${path}/${name}`);
}

test('GET /openapi.json gives the document, as JSON', async () => {
  const { port } = await startBareEndpoint();
  const reply = await call(port, { method: 'GET', path: '/openapi.json' });
  expect(reply.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(JSON.parse(reply.body)).toEqual(document);
});

test('it has what OpenAPI 3.1 demands', () => {
  expect(document.openapi).toMatch(/^3\.1\.\d+$/);
  expect(document.info).toMatchObject({ title: expect.any(String), version: expect.any(String) });
  for (const name of Object.keys(components?.schemas as Json)) expect(name).toMatch(/^[\w.-]+$/);
  for (const { path, method, operation } of operations) {
    expect(path).toMatch(/^\//);
    expect(methods).toContain(method);
    const responses = Object.entries(operation.responses as Json);
    expect(responses.length).toBeGreaterThan(0);
    for (const [status, response] of responses) {
      expect(status).toMatch(/^([1-5]\d\d|default)$/);
      expect(response.description).toEqual(expect.any(String));
      for (const [type, media] of Object.entries(response.content ?? {})) {
        expect(type).toMatch(/^\w+\/[\w+.-]+$/);
        expect(media.schema).toBeDefined();
      }
    }
    for (const parameter of Object.values((operation.parameters ?? []) as Json)) {
      expect(parameter).toMatchObject({
        name: expect.any(String),
        in: expect.stringMatching(/^(header|query)$/),
        schema: expect.anything(),
      });
    }
    if (operation.requestBody) expect(operation.requestBody.content).toBeDefined();
  }
  for (const requirement of Object.values(document.security as Json)) {
    for (const scheme of Object.keys(requirement)) expect(components?.securitySchemes).toHaveProperty(scheme);
  }
});

test('every $ref leads somewhere', () => {
  const refs = [...membersOf(document)]
    .filter(([path]) => path.endsWith('/$ref'))
    .map(([, target]) => String(target));
  expect(refs.length).toBeGreaterThan(5);
  for (const ref of refs) {
    const steps = ref.split('/');
    expect(steps.shift()).toBe('#');
    expect(steps.reduce<Json | undefined>((value, step) => value?.[step], document)).toBeDefined();
  }
});

test('it describes every route that there is, and no other', async () => {
  const { port } = await startBareEndpoint();
  for (const { path, method } of operations) {
    const reply = await call(port, { method: method.toUpperCase(), path });
    expect([path, reply.status]).not.toEqual([path, 404]);
    expect(reply.status).not.toBe(405);
  }
  expect(operations.map(({ path, method }) => `${method} ${path}`).sort()).toEqual([
    'get /doctor',
    'get /healthz',
    'get /identity',
    'get /metrics',
    'get /openapi.json',
    'get /readyz',
    'get /status',
    'get /webhooks/dead-letters',
    'post /agent',
    'post /calls',
    'post /pairings',
    'post /pairings/open',
    'post /trigger-screenpop',
    'post /webhooks/dead-letters/resend',
  ]);
});

test('every status and code that a trigger can get is in it, and no other', () => {
  const trigger = operations.find(({ path }) => path === '/trigger-screenpop');
  const refusals = Object.entries(trigger?.operation.responses ?? {}).filter(
    ([status]) => Number(status) >= 400,
  );
  const described = refusals.flatMap(([status, { description, content }]) => {
    expect(content).toHaveProperty(['application/problem+json']);
    return String(description)
      .split(', ')
      .map((code) => [code, Number(status)]);
  });
  const ofOthers = ['forbidden_client', 'pairing_refused', 'pairing_expired', 'unreadable'];
  const ofTriggers = Object.entries(errorTable).filter(([code]) => !ofOthers.includes(code));
  expect(Object.fromEntries(described)).toEqual(
    Object.fromEntries(ofTriggers.map(([code, { status }]) => [code, status])),
  );
});

test('what every operation answers is in it: with and without a token, to a good body and to none', async () => {
  const { port } = await startBareEndpoint();
  for (const { path, method, operation } of operations) {
    for (const headers of [{}, { authorization: undefined }, { host: 'evil.test' }]) {
      const reply = await call(port, { method: method.toUpperCase(), path, headers });
      const responses = operation.responses as Json;
      const content = responses[reply.status]?.content ?? responses.default?.content;
      const type = reply.headers['content-type']?.split(';')[0];
      expect([path, headers, type, content]).toEqual([
        path,
        headers,
        type,
        expect.objectContaining({ [String(type)]: expect.anything() }),
      ]);
    }
  }
});

test('a validator that knows nothing of poptray agrees with the endpoint about triggers and answers', async () => {
  // The one that comes with conf.
  const load = createRequire(import.meta.resolve('conf'));
  const { Ajv2020 } = load('ajv/dist/2020.js');
  const ajv = new Ajv2020({ strict: false });
  load('ajv-formats')(ajv);
  ajv.addSchema(document, 'poptray');
  const validatorOf = (name: string) => ajv.getSchema(`poptray#/components/schemas/${name}`);
  const app = await startTestApp({ destination: (await startStubDestination()).url });

  const triggers: [object, number][] = [
    [{ userId: USER }, 200],
    [
      {
        userId: USER,
        customerData: { 'Customer Name': 'Ada Lovelace', 'case.id': 'C-1', n: 1.5, vip: true, none: null },
        sessionToken: 's',
        application: 'com.example.customapp',
        state: { uiMode: 'docked', deep: { list: [1, null] } },
        idempotencyKey: 'call-7',
        interactionId: 'call-7',
        phase: 'answered',
        expiresAt: '2100-01-01T00:00:00Z',
        client: { browser: 'chrome' },
      },
      200,
    ],
    [{ userId: 'a/b' }, 400],
    [{ userId: USER, user: 'x' }, 400],
    [{ userId: USER, customerData: { 'a\tb': 'x' } }, 400],
    [{ userId: USER, customerData: { 'call.from': 'x' } }, 400],
    [{ userId: USER, customerData: { sessionToken: 'x' } }, 400],
    [{ userId: USER, customerData: { a: [] } }, 400],
    [{ userId: USER, idempotencyKey: 'a b' }, 400],
    [{ userId: USER, phase: 'ring' }, 400],
    [{ userId: USER, expiresAt: 'tomorrow' }, 400],
    [{ userId: USER, client: { name: 'x' } }, 400],
  ];
  for (const [trigger, status] of triggers) {
    const response = await app.post(trigger);
    expect([trigger, response.status]).toEqual([trigger, status]);
    expect([trigger, validatorOf('Trigger')(trigger)]).toEqual([trigger, status === 200]);
    const answer = await response.json();
    expect(validatorOf(status === 200 ? 'TriggerReply' : 'Problem')(answer)).toBe(true);
  }
});
