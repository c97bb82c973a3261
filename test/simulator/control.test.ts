import { describe, expect, test } from 'vitest';
import { faultKinds, faultSchema } from '../../main/simulator/fault-script.ts';
import { call, JSON_TYPE, openSimulator } from './client.ts';

async function openControl() {
  const opened = await openSimulator();
  const { baseUrl } = opened;
  return {
    ...opened,
    look: (path = '', headers = {}) => call(`${baseUrl}/simulator${path}`, { method: 'GET', headers }),
    addFault: (fault: unknown, headers = {}) =>
      call(`${baseUrl}/simulator/faults`, {
        headers: { ...JSON_TYPE, ...headers },
        body: typeof fault === 'string' ? fault : JSON.stringify(fault),
      }),
    clearFaults: (headers = {}) => call(`${baseUrl}/simulator/faults`, { method: 'DELETE', headers }),
  };
}

describe('the control API', () => {
  test('describes the simulator: endpoints, faults and counters', async () => {
    const { look, pop } = await openControl();
    await pop();
    const reply = await look();
    expect(reply.status).toBe(200);
    expect(reply.json()).toMatchObject({ tokenCalls: 1, popCalls: 1, popsShown: 1, faults: faultKinds });
  });

  test('describes kinds of faults that all exist', () => {
    for (const kind of Object.keys(faultKinds)) expect(faultSchema.safeParse({ kind }).success).toBe(true);
  });

  test('adds a fault, answers with what it took, and clears it again', async () => {
    const { addFault, clearFaults, pop } = await openControl();
    const added = await addFault({ kind: 'server-error', times: 2 });
    expect(added.status).toBe(201);
    expect(added.json()).toEqual({ kind: 'server-error', on: 'screenpop', times: 2, after: 0, status: 503 });
    expect((await pop()).status).toBe(503);
    expect((await clearFaults()).status).toBe(204);
    expect((await pop()).status).toBe(200);
  });

  test.each([{ kind: 'unknown' }, {}, [], null, '', '{', { kind: 'slow', delayMs: 'long' }])(
    'refuses the fault %j',
    async (fault) => {
      const { addFault } = await openControl();
      const reply = await addFault(fault);
      expect([reply.status, reply.json().code]).toEqual([400, 'bad.request']);
    },
  );

  test.each([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
  ])('refuses a web page’s request to add or clear faults: %j', async (headers) => {
    const { addFault, clearFaults, pop } = await openControl();
    expect((await addFault({ kind: 'forbidden' }, headers)).status).toBe(403);
    expect((await pop({ idempotencyKey: 'a' })).status).toBe(200);
    await addFault({ kind: 'forbidden' });
    expect((await clearFaults(headers)).status).toBe(403);
    expect((await pop({ idempotencyKey: 'b' })).status).toBe(403);
  });

  test('refuses a fault that is not sent as JSON', async () => {
    const { addFault } = await openControl();
    expect((await addFault({ kind: 'forbidden' }, { 'content-type': 'text/plain' })).status).toBe(415);
  });

  test('lists the pops without customer data', async () => {
    const { look, pop } = await openControl();
    await pop({ state: { uiMode: 'focused', note: 's3cr3t' } });
    const reply = await look('/pops');
    expect(reply.json()).toEqual({
      pops: [
        {
          userId: 'agent-1',
          applicationId: 'com.example.customapp',
          idempotencyKey: 'key-1',
          time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
          windowFocused: null,
        },
      ],
    });
    expect(reply.text).not.toContain('s3cr3t');
  });
});

describe('the Host header', () => {
  test.each(['evil.example', '127.0.0.1', '127.0.0.1:1', 'localhost', '127.0.0.1.evil.example', '[::1]'])(
    'is refused when it is %s, on every path',
    async (host) => {
      const { look, addFault, pop, askToken } = await openControl();
      const replies = [
        await look('', { host }),
        await look('/nowhere', { host }),
        await addFault({ kind: 'forbidden' }, { host }),
        await pop({}, { headers: { host } }),
        await askToken({ host }),
      ];
      expect(replies.map(({ status }) => status)).toEqual([421, 421, 421, 421, 421]);
    },
  );

  test('may be localhost, in any case, with the port', async () => {
    const { look, baseUrl } = await openControl();
    expect((await look('', { host: `LocalHost:${new URL(baseUrl).port}` })).status).toBe(200);
  });
});
